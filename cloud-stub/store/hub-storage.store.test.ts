import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice } from '../hub/emulator/new-device.ts';
import type { HubGroup } from '../hub/hub.ts';
import { hubCheckpoints } from './hub-checkpoints.ts';
import { hubStorage } from './hub-storage.ts';
import type { Store } from './store.ts';
import { openTestStore } from './testing.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
}, 180_000);
afterAll(() => store.close());

test('G6: devices and groups are found again as they were saved', async () => {
  const storage = hubStorage(store);
  const device = newDevice('gw-1', { kind: 'group', groupId: 'works', fingerprint: 'AB' }, '2026-01-01T00:00:00.000Z');
  await storage.save(device);
  await storage.save({ ...device, status: 'disabled' });
  expect(await storage.load()).toEqual([{ ...device, status: 'disabled' }]);
  await storage.remove('gw-1');
  expect(await storage.load()).toEqual([]);
  const group: HubGroup = {
    groupId: 'works',
    attestation: { kind: 'certificate-authority', caPem: 'pem' },
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  await storage.saveGroup(group);
  await storage.saveGroup(group);
  expect(await storage.loadGroups()).toEqual([group]);
  await storage.removeGroup('works');
  expect(await storage.loadGroups()).toEqual([]);
});

test('G6: a device that an earlier version saved is taken over', async () => {
  const {
    attestation: _attestation,
    status: _status,
    pendingMessages: _pending,
    ...rest
  } = newDevice('gw-old', { kind: 'certificate', certificatePem: 'pem' }, '2026-01-01T00:00:00.000Z');
  const document = JSON.stringify({ ...rest, certificatePem: 'pem' });
  await store.write((writer) =>
    writer.insertInto('hub_devices').values({ registration_id: 'gw-old', document }).execute(),
  );
  expect(await hubStorage(store).load()).toEqual([
    newDevice('gw-old', { kind: 'certificate', certificatePem: 'pem' }, '2026-01-01T00:00:00.000Z'),
  ]);
});

test('G6: checkpoints are found again, the newest of each partition', async () => {
  const checkpoints = hubCheckpoints(store);
  await checkpoints.save('0', '10');
  await checkpoints.save('1', '7');
  await checkpoints.save('0', '11');
  expect(await checkpoints.load()).toEqual(
    new Map([
      ['0', '11'],
      ['1', '7'],
    ]),
  );
});
