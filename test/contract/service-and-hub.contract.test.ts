/** The gateway's service with Azure's own SDKs against the hub emulator; only tunnel and whitelist are in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEvent, auditEventBatch } from '@edgegateway/protocol/audit-event';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import type { PlantScan } from '@edgegateway/protocol/plant-scan';
import { AssignmentStore } from '@edgegateway/services/provisioning/assignment';
import { azureRegistrar } from '@edgegateway/services/provisioning/azure-registrar';
import { azureHubConnector } from '@edgegateway/services/remoteconnect/cloud/azure-hub-connector';
import { Outbox } from '@edgegateway/services/remoteconnect/outbox/outbox';
import { RemoteConnectService } from '@edgegateway/services/remoteconnect/remote-connect-service';
import { EndedSessionsFile } from '@edgegateway/services/remoteconnect/sessions/ended-sessions';
import { PlantDecisionsFile } from '@edgegateway/services/remoteconnect/sessions/plant-decisions';
import { TakenSessionsFile } from '@edgegateway/services/remoteconnect/sessions/taken-sessions';
import { NOTHING_TAKEN } from '@edgegateway/services/remoteconnect/taken-addresses';
import { key, SWITCH_ON } from '@edgegateway/services/remoteconnect/testing/desired';
import { FakeTunnel } from '@edgegateway/services/remoteconnect/testing/fake-tunnel';
import { quietLog } from '@edgegateway/services/remoteconnect/testing/quiet-log';
import { systemClock } from '@edgegateway/services/timing';
import { generateSeed, keyPairOf } from '@edgegateway/tunnel/key-encapsulation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configurationReleasing, type HubFixture, startHubFixture } from './hub-fixture.ts';

const GATEWAY = 'gateway-1';
const SESSION_ID = '11111111-1111-4111-8111-111111111111';
const PATIENCE = { timeout: 40_000, interval: 50 };

let folder = '';
let fixture: HubFixture;
let tunnel: FakeTunnel;
let outbox: Outbox;
let service: RemoteConnectService;
/** Every event as it came over the wire, repetitions included. */
let received: AuditEvent[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-and-hub-'));
  fixture = await startHubFixture();
  received = [];
  fixture.listener.onTelemetry = (_registrationId, body) => {
    received.push(...auditEventBatch.parse(body).events);
    return Promise.resolve();
  };
  const identity = await fixture.enrolled(GATEWAY);
  tunnel = new FakeTunnel();
  outbox = new Outbox({ path: join(folder, 'outbox.sqlite'), clock: systemClock });
  service = new RemoteConnectService({
    cloud: {
      readIdentity: () => Promise.resolve(identity),
      registrar: azureRegistrar,
      assignments: new AssignmentStore(join(folder, 'assignment.json')),
      connector: azureHubConnector,
      hubPort: fixture.hubPort,
    },
    parts: tunnel.parts,
    scanner: { scan: () => Promise.resolve(SCAN) },
    outbox,
    endedFile: new EndedSessionsFile(join(folder, 'ended-sessions.json')),
    ended: new Map(),
    decisionsFile: new PlantDecisionsFile(join(folder, 'plant-decisions.json')),
    decisions: new Map(),
    takenFile: new TakenSessionsFile(join(folder, 'taken-sessions.json')),
    taken: new Map(),
    switchOnId: SWITCH_ON,
    publicKey: key(7),
    encapsulation: keyPairOf(generateSeed()),
    plantInterface: 'none',
    readTakenAddresses: () => Promise.resolve(NOTHING_TAKEN),
    takenAddresses: NOTHING_TAKEN,
    registrationId: GATEWAY,
    clock: systemClock,
    log: quietLog,
    onStatus: () => undefined,
    onFatal: (error) => {
      throw error;
    },
  });
  service.start(null);
});

const SCAN: PlantScan = {
  finishedAt: '2026-06-01T08:00:00.000Z',
  networks: ['192.168.250.0/24'],
  skipped: [],
  hosts: [{ address: '192.168.250.3', mac: '02:00:00:00:00:01', openPorts: [80, 502] }],
};

afterEach(async () => {
  await service.stop('the test is over');
  outbox.close();
  await fixture.close();
  await rm(folder, { recursive: true });
});

const online = () => vi.waitFor(() => expect(service.link.state).toBe('online'), PATIENCE);
const offline = () => vi.waitFor(() => expect(service.link.state).toBe('offline'), PATIENCE);
const delivered = () => vi.waitFor(() => expect(outbox.isEmpty).toBe(true), PATIENCE);
const released = () => tunnel.whitelisted?.flatMap((session) => session.released.map((entry) => entry.address));

function lastReport(): GatewayReport | undefined {
  return fixture.listener.reports.at(-1)?.[1];
}

/** What the cloud keeps: it remembers the last number of each log. */
function stored(): AuditEvent[] {
  const last = new Map<string, number>();
  return received.filter((event) => {
    const before = last.get(event.log) ?? 0;
    if (event.sequence <= before) return false;
    expect(event.sequence).toBe(before + 1);
    last.set(event.log, event.sequence);
    return true;
  });
}

describe('the service on the gateway and the hub', () => {
  it('onboards over DPS, comes online and reports itself (G6, G7)', async () => {
    await online();
    await vi.waitFor(
      () => expect(lastReport()).toMatchObject({ remoteConnect: 'on', wireguardPublicKey: key(7) }),
      PATIENCE,
    );
    expect(fixture.hub.isConnected(GATEWAY)).toBe(true);
    await delivered();
    expect(stored().map((event) => event.detail.kind)).toEqual(['service-started']);
  });

  it('takes up a session and its changes while it runs (C6)', async () => {
    await online();
    await fixture.hub.setDesired(GATEWAY, configurationReleasing('192.168.250.10', '192.168.250.20'));
    await vi.waitFor(() => expect(released()).toEqual(['192.168.250.10', '192.168.250.20']), PATIENCE);
    await fixture.hub.setDesired(GATEWAY, configurationReleasing('192.168.250.20'));
    await vi.waitFor(() => expect(released()).toEqual(['192.168.250.20']), PATIENCE);
    await vi.waitFor(() => expect(lastReport()?.sessions[SESSION_ID]?.state).toBe('prepared'), PATIENCE);
    await fixture.hub.setDesired(GATEWAY, { ...configurationReleasing(), sessions: {} });
    await vi.waitFor(() => expect(tunnel.hasInterface).toBe(false), PATIENCE);
  });

  it('loses and doubles no event over an outage, keeps its tunnels in it, and has a fresh twin after it (P2)', async () => {
    await fixture.hub.setDesired(GATEWAY, configurationReleasing('192.168.250.10'));
    await vi.waitFor(() => expect(tunnel.hasInterface).toBe(true), PATIENCE);
    await delivered();
    await fixture.hub.stop();
    await offline();
    expect(tunnel.hasInterface).toBe(true);
    tunnel.connect(SESSION_ID, key(7));
    await service.endSession(SESSION_ID, 'plant operator');
    await fixture.restart();
    await online();
    await delivered();
    expect(stored().map((event) => event.detail.kind)).toEqual([
      'service-started',
      'session-configured',
      'tunnel-connected',
      'session-ended-locally',
    ]);
    await vi.waitFor(() => expect(lastReport()?.sessions[SESSION_ID]?.state).toBe('failed'), PATIENCE);
    await fixture.hub.setDesired(GATEWAY, { ...configurationReleasing(), sessions: {} });
    await vi.waitFor(() => expect(service.status().connections).toEqual([]), PATIENCE);
  });

  it('sends events again under their numbers when the cloud dies before it acknowledges them (P2)', async () => {
    await online();
    await delivered();
    const keep = fixture.listener.onTelemetry;
    const { promise: death, reject: die } = Promise.withResolvers<void>();
    fixture.listener.onTelemetry = async (registrationId, body) => {
      await keep(registrationId, body);
      return death;
    };
    await fixture.hub.setDesired(GATEWAY, configurationReleasing('192.168.250.10'));
    await vi.waitFor(() => expect(stored()).toHaveLength(2), PATIENCE);
    expect(outbox.isEmpty).toBe(false);
    fixture.listener.onTelemetry = keep;
    const restarted = fixture.restart();
    die(new Error('the cloud was killed'));
    await restarted;
    await delivered();
    expect(received.length).toBeGreaterThan(stored().length);
    expect(stored().map((event) => event.detail.kind)).toEqual(['service-started', 'session-configured']);
  });

  it('tells the cloud that it is off when it stops', async () => {
    await online();
    await service.stop('remoteConnect was switched off at the plant');
    expect(lastReport()).toMatchObject({ remoteConnect: 'off', sessions: {} });
    expect(stored().at(-1)?.detail).toEqual({
      kind: 'service-stopped',
      reason: 'remoteConnect was switched off at the plant',
    });
    await vi.waitFor(() => expect(fixture.hub.isConnected(GATEWAY)).toBe(false), PATIENCE);
  });
});
