import type { AuditEntry } from '@edgegateway/cloud-stub/api/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutOffFromCloud, reconnectToCloud } from '../lab/internet-firewall.ts';
import type { Laboratory } from '../lab/laboratory.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { loadPage } from '../lab/reach.ts';
import { until } from '../lab/until.ts';
import * as ams from '../story/ams-pages.ts';
import * as cloud from '../story/cloud-pages.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';
import { expectMachine, SESSION_NAME, type StoryPeople } from '../story/story.ts';

const BACK_SECONDS = 60;

let laboratory: ConnectedLaboratory;
let lab: Laboratory;
let cast: StoryPeople;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-crashes', 'cr');
  ({ lab, cast } = laboratory);
});

afterAll(() => laboratory?.close());

async function untilTheMachineAnswers(): Promise<void> {
  await until('the machine answers through the tunnel again', () => expectMachine(lab).then(() => true), BACK_SECONDS);
}

/** Events of each end as they are stored: the ends number them without gaps inside one log. */
function numbersByLog(entries: readonly AuditEntry[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const { details } of entries) {
    const { log, sequence } = details;
    if (typeof log === 'string' && typeof sequence === 'number')
      numbers.set(log, [sequence, ...(numbers.get(log) ?? [])]);
  }
  return numbers;
}

async function gatewayConnections(): Promise<number> {
  const entries = await cloud.readAuditLog(cast.administrator.page);
  return entries.filter((entry) => entry.action === 'gateway-connected').length;
}

async function timesConfigured(): Promise<number> {
  const entries = await cloud.readAuditLog(cast.administrator.page);
  return entries.filter((entry) => entry.action === 'session-configured').length;
}

async function expectEveryEventOnce(): Promise<void> {
  const numbers = numbersByLog(await cloud.readAuditLog(cast.administrator.page));
  expect(numbers.size).toBeGreaterThanOrEqual(2);
  for (const list of numbers.values()) expect(list).toEqual(list.map((_number, index) => index + 1));
}

test('T5: kill -9 of the service takes interface and table away, and the session comes back by itself', async () => {
  await untilTheMachineAnswers();
  await lab.gateway.killService();
  await until('interface and table are gone', async () => {
    const { interfaceExists, tableExists } = await lab.gateway.tunnelTraces();
    return !interfaceExists && !tableExists;
  });
  await untilTheMachineAnswers();
  await expectEveryEventOnce();
});

test('C7, T5: kill -9 of the cloud in mid-session loses nothing: the tunnel goes on, every event arrives once', async () => {
  const before = await gatewayConnections();
  lab.cloud.main.killHard();
  await expectMachine(lab);
  await lab.cloud.main.untilReady();
  await until('the gateway has found the cloud again', async () => (await gatewayConnections()) > before, BACK_SECONDS);
  await untilTheMachineAnswers();
  await expectEveryEventOnce();
});

test('T5: kill -9 of all relays in mid-session: both ends come back to them', async () => {
  const relays = [...lab.cloud.relays.values()];
  for (const relay of relays) relay.killHard();
  for (const relay of relays) await relay.untilReady();
  await untilTheMachineAnswers();
  await expectEveryEventOnce();
});

test('G4: switching off ends it for good although the cloud cannot be told: it hears when the plant switches on', async () => {
  const { plantStaff, administrator } = cast;
  const before = await timesConfigured();
  await cutOffFromCloud(lab.network);
  await ams.switchOff(plantStaff.page);
  expect(await lab.gateway.tunnelTraces()).toEqual({ interfaceExists: false, tableExists: false });
  expect((await loadPage(lab.network.namespaces.office, `http://${LAB_ADDRESSES.machine}/`)).ok).toBe(false);
  expect(laboratory.client.hasEnded).toBe(false);
  await reconnectToCloud(lab.network);
  await ams.switchOn(plantStaff.page);
  await ams.expectOnline(plantStaff.page);
  await cloud.openSession(administrator.page, SESSION_NAME);
  await administrator.page.getByText('remoteConnect was switched off', { exact: false }).first().waitFor();
  await until('the client has ended', () => laboratory.client.hasEnded);
  expect((await loadPage(lab.network.namespaces.office, `http://${LAB_ADDRESSES.machine}/`)).ok).toBe(false);
  expect(await timesConfigured()).toBe(before);
});
