import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudLink, cloudLink } from '@edgegateway/protocol/gateway-bus';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { AssignmentStore } from '../../provisioning/assignment.ts';
import { systemClock } from '../../timing.ts';
import { Outbox } from '../outbox/outbox.ts';
import { key } from '../testing/desired.ts';
import { FakeHub, IDENTITY } from '../testing/fake-hub.ts';
import { quietLog } from '../testing/quiet-log.ts';
import { pass, until, useVirtualTime } from '../testing/virtual-time.ts';
import { CALL_TIMEOUT_MILLISECONDS, TWIN_REFRESH_MILLISECONDS } from './online.ts';
import { CloudSupervisor } from './supervisor.ts';
import type { TwinDocument } from './twin-document.ts';

const REPORT: GatewayReport = {
  version: '1',
  wireguardPublicKey: key(7),
  encapsulationKey: Buffer.alloc(1184, 7).toString('base64'),
  localNetworks: [],
  remoteConnect: 'on',
  switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
  sessions: {},
};

let folder = '';
let hub = new FakeHub();
let links: CloudLink[] = [];
let waits: number[] = [];
let desired: TwinDocument[] = [];
let outbox: Outbox;
let supervisor: CloudSupervisor;
let lifetime: AbortController;
let running: Promise<void>;

function start(): void {
  lifetime = new AbortController();
  supervisor = new CloudSupervisor({
    readIdentity: () => Promise.resolve(IDENTITY),
    registrar: hub.registrar,
    assignments: new AssignmentStore(join(folder, 'assignment.json')),
    connector: hub.connector,
    hubPort: 8883,
    methods: {},
    outbox,
    clock: systemClock,
    log: quietLog,
    random: () => 0.5,
    onLink: (link) => {
      links.push(cloudLink.parse(link));
      if (link.state === 'offline') waits.push(Date.parse(link.retryAt) - Date.now());
    },
    onDesired: (document) => desired.push(document),
  });
  running = supervisor.run(lifetime.signal);
}

async function stop(): Promise<void> {
  lifetime.abort(new Error('the test is over'));
  await running;
}

const isOnline = () => supervisor.link.state === 'online';

function record(reason: string): void {
  outbox.record({ kind: 'service-stopped', reason });
  supervisor.eventsAdded.ring();
}

function storedReasons(): string[] {
  return hub.stored.map(({ detail }) => (detail.kind === 'service-stopped' ? detail.reason : detail.kind));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervisor-'));
  useVirtualTime('2026-06-01T08:00:00.000Z');
  hub = new FakeHub();
  links = [];
  waits = [];
  desired = [];
  outbox = new Outbox({ path: join(folder, 'outbox.sqlite'), clock: systemClock });
  start();
});

afterEach(async () => {
  await stop();
  outbox.close();
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

describe('the way to the cloud (G6, G7)', () => {
  it('leads over onboarding and connecting to online', async () => {
    await until('online', isOnline);
    expect(links.map((link) => link.state)).toEqual(['onboarding', 'connecting', 'online']);
  });

  it('asks DPS once, and not again after a restart', async () => {
    await until('online', isOnline);
    await stop();
    start();
    await until('online', isOnline);
    expect(hub.registrations).toBe(1);
  });

  it('asks DPS again when the hub refuses the gateway', async () => {
    await until('online', isOnline);
    hub.refusals.push(new ServiceError('hub-refused'));
    hub.drop();
    await until('online again', () => hub.connections === 2 && isOnline());
    expect(hub.registrations).toBe(2);
  });

  it('tells what is wrong and when it tries again while the cloud is out of reach', async () => {
    hub.isDown = true;
    await until('offline', () => supervisor.link.state === 'offline');
    expect(links.at(-1)).toMatchObject({
      ...{ state: 'offline', code: 'hub-unreachable' },
      problem: expect.stringContaining('could not be reached'),
    });
    hub.isDown = false;
    await until('online', isOnline);
  });

  it('waits longer after each failure, and never longer than half a minute', async () => {
    hub.isDown = true;
    await until('nine failures', () => waits.length === 9);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[1]).toBe(2 * (waits[0] ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  });

  it('takes a new client and a fresh twin after every loss of the connection', async () => {
    await until('online', isOnline);
    hub.setDesired({ a: 1 }, { lost: true });
    hub.drop();
    await until('a second connection', () => hub.connections === 2 && isOnline());
    expect(desired.at(-1)?.properties).toEqual({ a: 1 });
  });

  it('gives up a connection whose calls are never answered', async () => {
    hub.hangsOnTwin = true;
    await until('the first reading', () => hub.twinReadings === 1);
    hub.hangsOnTwin = false;
    await pass(CALL_TIMEOUT_MILLISECONDS);
    await until('online', isOnline);
    expect(hub.connections).toBe(2);
  });
});

describe('the desired properties', () => {
  it('follow every patch', async () => {
    await until('online', isOnline);
    hub.setDesired({ a: 1 });
    hub.setDesired({ b: 2 });
    await until('both patches', () => desired.length === 3);
    expect(desired.at(-1)).toEqual({ version: 3, properties: { a: 1, b: 2 } });
    expect(hub.twinReadings).toBe(1);
  });

  it('are read afresh when a patch is missing', async () => {
    await until('online', isOnline);
    hub.setDesired({ a: 1 }, { lost: true });
    hub.setDesired({ b: 2 });
    await until('the fresh twin', () => desired.length === 2);
    expect(desired.at(-1)?.properties).toEqual({ a: 1, b: 2 });
    expect(hub.twinReadings).toBe(2);
  });

  it('are right after a while though the last patch got lost', async () => {
    await until('online', isOnline);
    hub.setDesired({ a: 1 }, { lost: true });
    await pass(TWIN_REFRESH_MILLISECONDS);
    await until('the fresh twin', () => desired.length === 2);
    expect(desired.at(-1)?.properties).toEqual({ a: 1 });
  });
});

describe('the reported properties', () => {
  it('are patched by what differs, and only then', async () => {
    supervisor.setReport(REPORT);
    await until('the report', () => hub.reportPatches.length === 1);
    supervisor.setReport({ ...REPORT });
    supervisor.setReport({ ...REPORT, remoteConnect: 'off' });
    await until('the change', () => hub.reportPatches.length === 2);
    expect(hub.reportPatches).toEqual([{ remoteConnect: REPORT }, { remoteConnect: { remoteConnect: 'off' } }]);
  });

  it('come right again after an outage in which they changed', async () => {
    supervisor.setReport(REPORT);
    await until('the report', () => hub.reportPatches.length === 1);
    hub.isDown = true;
    hub.drop();
    supervisor.setReport({ ...REPORT, localNetworks: ['192.168.250.0/24'] });
    await until('offline', () => supervisor.link.state === 'offline');
    hub.isDown = false;
    await until('the change', () => hub.reportPatches.length === 2);
    expect(hub.reported.properties).toEqual({ remoteConnect: { ...REPORT, localNetworks: ['192.168.250.0/24'] } });
  });
});

describe('audit events (P2)', () => {
  it('that happened during an outage arrive once, in order', async () => {
    record('before');
    await until('the first event', () => hub.received.length === 1);
    hub.isDown = true;
    hub.drop();
    record('during');
    record('still during');
    await until('offline', () => supervisor.link.state === 'offline');
    hub.isDown = false;
    await until('all events', () => outbox.isEmpty);
    expect(storedReasons()).toEqual(['before', 'during', 'still during']);
  });

  it('whose acknowledgement got lost are sent again with the same numbers', async () => {
    hub.swallowsAcknowledgements = true;
    record('first');
    await until('it was sent', () => hub.received.length === 1);
    record('second');
    hub.swallowsAcknowledgements = false;
    hub.drop();
    await until('all events', () => outbox.isEmpty);
    expect(hub.received.length).toBeGreaterThan(2);
    expect(storedReasons()).toEqual(['first', 'second']);
  });
});

describe('settling before a stop', () => {
  it('waits until the report and every event have arrived', async () => {
    await until('online', isOnline);
    supervisor.setReport({ ...REPORT, remoteConnect: 'off' });
    record('last words');
    let settled = false;
    void supervisor.settle(new AbortController().signal).then(() => {
      settled = true;
      return undefined;
    });
    await until('settled', () => settled);
    expect(hub.reported.properties).toMatchObject({ remoteConnect: { remoteConnect: 'off' } });
    expect(storedReasons()).toEqual(['last words']);
  });

  it('does not wait while there is no connection', async () => {
    hub.isDown = true;
    await until('offline', () => supervisor.link.state === 'offline');
    await supervisor.settle(new AbortController().signal);
    expect(hub.received).toEqual([]);
  });
});
