/** Searches for devices behind gateways, over HTTP and the hub (C8). */
import type { PlantScan } from '@edgegateway/protocol/plant-scan';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { TestCloud } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

const ADMINISTRATOR = 'admin@example.test';
const FOUND: PlantScan = {
  finishedAt: '2026-06-01T08:00:30.000Z',
  networks: ['192.168.250.0/24'],
  skipped: [],
  hosts: [{ address: '192.168.250.3', mac: '02:00:00:00:00:01', openPorts: [80, 502] }],
};

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
}, 60_000);
afterAll(() => cloud.close());
beforeEach(() => {
  cloud.hub.connected.add('gw-1');
  cloud.hub.asked.length = 0;
});

const ask = () => cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-1/scan');

async function outcome() {
  return vi.waitFor(async () => {
    const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/gateways/gw-1/scan');
    expect(body.state).not.toBe('running');
    return body;
  }, PATIENCE);
}

test('C8: the gateway is asked once, and what it found is shown; the audit log tells who asked', async () => {
  cloud.hub.answer = { status: 200, payload: FOUND };
  expect((await ask()).body).toMatchObject({ state: 'running', result: null });
  expect(await outcome()).toMatchObject({ state: 'done', result: FOUND });
  expect(cloud.hub.asked).toEqual(['gw-1 scan-plant']);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?action=plant-scan-asked&limit=1');
  expect(body[0]).toMatchObject({ gateway: 'gw-1' });
  expect(body[0].actor).toContain(ADMINISTRATOR);
});

test('a gateway that is not online is not asked', async () => {
  cloud.hub.connected.delete('gw-1');
  const { status, body } = await ask();
  expect([status, body.code]).toEqual([409, 'gateway-offline']);
  expect(cloud.hub.asked).toEqual([]);
});

test.each([
  { status: 503, payload: null },
  { status: 200, payload: { hosts: 'none' } },
])('an answer that is no result ($status) is told as a failure', async (answer) => {
  cloud.hub.answer = answer;
  await ask();
  expect(await outcome()).toMatchObject({ state: 'failed-refused', result: null });
});

test('one search at a time', async () => {
  const answered = Promise.withResolvers<void>();
  cloud.hub.waiting = answered.promise;
  await ask();
  expect((await ask()).body.code).toBe('scan-running');
  cloud.hub.answer = { status: 200, payload: FOUND };
  answered.resolve();
  expect((await outcome()).state).toBe('done');
});

test('a search that nobody carries out any more has an outcome once the cloud is there again', async () => {
  cloud.hub.answer = { status: 200, payload: FOUND };
  await ask();
  await outcome();
  // As a process leaves it that is killed before the gateway has answered.
  await cloud.store.write((writer) => writer.updateTable('plant_scans').set({ state: 'running' }).execute());
  await cloud.restart();
  expect((await outcome()).state).toBe('failed-offline');
});
