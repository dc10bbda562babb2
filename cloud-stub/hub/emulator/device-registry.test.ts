import { expect, test, vi } from 'vitest';
import type { HubDevice } from '../hub.ts';
import { DeviceRegistry } from './device-registry.ts';
import { newDevice } from './new-device.ts';
import { GATEWAY, MemoryStorage } from './testing.ts';

const device = newDevice(GATEWAY, { kind: 'symmetric-key', primaryKey: '', secondaryKey: '' }, '');
const next = (former: HubDevice): HubDevice => ({
  ...former,
  desired: { properties: {}, version: former.desired.version + 1 },
});

async function registry() {
  const storage = new MemoryStorage();
  const saved = vi.fn<(device: HubDevice, former: HubDevice) => void>();
  const made = new DeviceRegistry(storage, saved);
  await made.put(GATEWAY, () => device);
  return { storage, saved, made };
}

test('G6: changes made at the same time build on each other', async () => {
  const { made, saved } = await registry();
  await Promise.all(Array.from({ length: 20 }, () => made.update(GATEWAY, next)));
  expect(made.find(GATEWAY)?.desired.version).toBe(21);
  expect(saved.mock.calls.map(([after, before]) => after.desired.version - before.desired.version)).toEqual(
    Array<number>(20).fill(1),
  );
});

test('G6: a change that could not be saved has not happened, and the next one works', async () => {
  const { made, storage, saved } = await registry();
  storage.failure = new Error('disk full');
  await expect(made.update(GATEWAY, next)).rejects.toThrow('disk full');
  expect(made.find(GATEWAY)?.desired.version).toBe(1);
  expect(saved).not.toHaveBeenCalled();
  expect((await made.update(GATEWAY, next)).desired.version).toBe(2);
});

test('G6: a change that changes nothing is not saved', async () => {
  const { made, storage } = await registry();
  await made.update(GATEWAY, (former) => former);
  expect(storage.saved).toHaveLength(1);
});

test('C8: a gateway that is not enrolled cannot be changed', async () => {
  const { made } = await registry();
  await made.remove(GATEWAY);
  await expect(made.update(GATEWAY, next)).rejects.toMatchObject({ code: 'not-enrolled' });
});
