import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayStatus } from '@edgegateway/protocol/gateway-bus';
import { gatewayReported } from '@edgegateway/protocol/gateway-configuration';
import { type PlantScan, SCAN_METHOD } from '@edgegateway/protocol/plant-scan';
import { encapsulateFor } from '@edgegateway/tunnel/key-encapsulation';
import { presharedKeyOf } from '@edgegateway/tunnel/preshared-key';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AssignmentStore } from '../provisioning/assignment.ts';
import { systemClock } from '../timing.ts';
import { loadEncapsulationKey } from './encapsulation-key.ts';
import { Outbox } from './outbox/outbox.ts';
import { RemoteConnectService } from './remote-connect-service.ts';
import { EndedSessionsFile } from './sessions/ended-sessions.ts';
import { PlantDecisionsFile } from './sessions/plant-decisions.ts';
import { TakenSessionsFile } from './sessions/taken-sessions.ts';
import { NOTHING_TAKEN, type TakenAddress } from './taken-addresses.ts';
import {
  configuration,
  key,
  NEXT_SWITCH_ON,
  OTHER_SESSION_ID,
  SESSION_ID,
  SWITCH_ON,
  session,
} from './testing/desired.ts';
import { FakeHub, IDENTITY } from './testing/fake-hub.ts';
import { FakeTunnel } from './testing/fake-tunnel.ts';
import { quietLog } from './testing/quiet-log.ts';
import { until, useVirtualTime } from './testing/virtual-time.ts';

let folder = '';
let hub = new FakeHub();
let tunnel = new FakeTunnel();
let outbox: Outbox;
let service: RemoteConnectService;
let fatal: string[] = [];
let scan: PlantScan | null = null;
let taken = NOTHING_TAKEN;

async function start(switchOnId = SWITCH_ON): Promise<void> {
  const endedFile = new EndedSessionsFile(join(folder, 'ended-sessions.json'));
  const decisionsFile = new PlantDecisionsFile(join(folder, 'plant-decisions.json'));
  const takenFile = new TakenSessionsFile(join(folder, 'taken-sessions.json'));
  outbox = new Outbox({ path: join(folder, 'outbox.sqlite'), clock: systemClock });
  tunnel = new FakeTunnel();
  service = new RemoteConnectService({
    cloud: {
      readIdentity: () => Promise.resolve(IDENTITY),
      registrar: hub.registrar,
      assignments: new AssignmentStore(join(folder, 'assignment.json')),
      connector: hub.connector,
      hubPort: 8883,
    },
    parts: tunnel.parts,
    scanner: { scan: () => Promise.resolve(scan) },
    outbox,
    endedFile,
    ended: await endedFile.read(),
    decisionsFile,
    decisions: await decisionsFile.read(),
    takenFile,
    taken: await takenFile.read(),
    switchOnId,
    publicKey: key(7),
    encapsulation: await loadEncapsulationKey(join(folder, 'encapsulation-key'), quietLog),
    plantInterface: 'none',
    readTakenAddresses: () => Promise.resolve(taken),
    takenAddresses: taken,
    registrationId: IDENTITY.registrationId,
    clock: systemClock,
    log: quietLog,
    onStatus: () => undefined,
    onFatal: (error) => fatal.push(error.code),
  });
  service.start(null);
}

async function stop(reason: string): Promise<void> {
  let stopped = false;
  void service.stop(reason).finally(() => {
    stopped = true;
  });
  await until('stopped', () => stopped);
}

const reported = () => gatewayReported.parse(hub.reported.properties).remoteConnect;
const ofEngine = () => tunnel.configuration?.peers[0]?.presharedKey;
const kinds = () => hub.stored.map((event) => event.detail.kind);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-'));
  useVirtualTime('2026-06-01T08:00:00.000Z');
  hub = new FakeHub();
  hub.desired = { version: 1, properties: { remoteConnect: configuration({ [SESSION_ID]: session() }) } };
  fatal = [];
  taken = NOTHING_TAKEN;
  await start();
});

afterEach(async () => {
  await stop('the test is over');
  outbox.close();
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

describe('the service on the gateway', () => {
  it('brings up the tunnel of a session, whitelist before interface (T6)', async () => {
    await until('peers', () => tunnel.configuration !== null);
    expect(tunnel.steps).toEqual(['whitelist', 'relays dialled', 'whitelist', 'interface', 'peers']);
    expect(tunnel.configuration?.peers).toEqual([
      {
        id: SESSION_ID,
        sessionId: SESSION_ID,
        publicKey: key(1),
        presharedKey: expect.any(String),
        allowedAddresses: ['100.64.0.2'],
        relayToken: 'token',
        signallingSecret: key(9),
      },
    ]);
    expect(tunnel.whitelisted).toEqual([
      { sessionId: SESSION_ID, clientAddress: '100.64.0.2', released: session().released },
    ]);
  });

  it('gives the engine the preshared key that the client has derived, after a restart too (A2, T1)', async () => {
    await until('the report', () => reported() !== undefined);
    const { encapsulatedKey, secret } = encapsulateFor(reported()?.encapsulationKey ?? '');
    hub.setDesired({ remoteConnect: { sessions: { [SESSION_ID]: { encapsulatedKey } } } });
    const parties = { sessionId: SESSION_ID, clientPublicKey: key(1), gatewayPublicKey: key(7) };
    const ofClient = presharedKeyOf(secret, parties);
    await until('the same key', () => ofEngine() === ofClient);
    await stop('restart');
    outbox.close();
    await start();
    expect(ofEngine()).toBeUndefined();
    await until('the same key again', () => ofEngine() === ofClient);
  });

  it('reports a session as prepared, then as connected, and shows it to the AMS', async () => {
    await until('prepared', () => reported()?.sessions[SESSION_ID]?.state === 'prepared');
    tunnel.connect(SESSION_ID, key(1));
    await until('connected', () => reported()?.sessions[SESSION_ID]?.state === 'connected');
    expect(gatewayStatus.parse(service.status())).toMatchObject({
      registrationId: 'gateway-1',
      cloud: { state: 'online' },
      connections: [{ sessionId: SESSION_ID, state: 'connected', receivedBytes: 10, sentBytes: 20 }],
    });
    expect(kinds()).toEqual(['service-started', 'session-configured', 'tunnel-connected']);
  });

  it('writes down every change of the path, and shows the present one to the AMS (P2)', async () => {
    await until('prepared', () => reported()?.sessions[SESSION_ID]?.state === 'prepared');
    tunnel.connect(SESSION_ID, key(1));
    tunnel.changePath('direct');
    expect(gatewayStatus.parse(service.status()).connections).toMatchObject([{ path: 'direct' }]);
    tunnel.changePath('relay');
    await until('the events', () => kinds().filter((kind) => kind === 'path-changed').length === 2);
    expect(hub.stored.slice(-2).map((event) => event.detail)).toEqual([
      { kind: 'path-changed', sessionId: SESSION_ID, path: 'direct' },
      { kind: 'path-changed', sessionId: SESSION_ID, path: 'relay' },
    ]);
  });

  it.each([
    ['released, and', '192.168.250.10'],
    ["the tunnel's address", '100.64.0.1'],
  ])(
    'ends a session, and says why, when what is %s becomes the address of its router: %s (K03, K04)',
    async (_what, address) => {
      await until('the interface', () => tunnel.hasInterface);
      const router: TakenAddress = { what: "this gateway's router", address, side: 'outside' };
      taken = { single: [router], networks: [] };
      await service.tick(null);
      await until('no interface', () => !tunnel.hasInterface);
      await until('failed', () => reported()?.sessions[SESSION_ID]?.state === 'failed');
      const reason = reported()?.sessions[SESSION_ID]?.reason;
      expect(reason).toMatch(new RegExp(`${address}.* is the address of this gateway's router`));
      expect(reported()?.occupied).toEqual([`${address}/32`]);
      await until('the event', () => kinds().includes('session-removed'));
      expect(hub.stored.at(-1)?.detail).toEqual({ kind: 'session-removed', sessionId: SESSION_ID, reason });
    },
  );

  it('lets nothing flow before the plant has approved, and remembers its word (P3)', async () => {
    const approval = { email: 'tina@service.example', reason: '', until: '2026-06-01T08:10:00.000Z' };
    hub.setDesired({ remoteConnect: { sessions: { [SESSION_ID]: { approval } } } });
    await until('waiting', () => reported()?.sessions[SESSION_ID]?.state === 'waiting-for-approval');
    await until('no interface', () => !tunnel.hasInterface);
    expect(await service.approve(SESSION_ID, key(2), 'shift lead')).toBe(false);
    expect(tunnel.hasInterface).toBe(false);
    expect(await service.approve(SESSION_ID, key(1), 'shift lead')).toBe(true);
    await until('the interface', () => tunnel.hasInterface);
    await until('prepared', () => reported()?.sessions[SESSION_ID]?.decidedBy === 'shift lead');
    const file = new PlantDecisionsFile(join(folder, 'plant-decisions.json'));
    expect((await file.read()).get(SESSION_ID)).toMatchObject({ decision: 'approved', by: 'shift lead' });
  });

  it('leaves no interface without a session', async () => {
    await until('the interface', () => tunnel.hasInterface);
    hub.setDesired({ remoteConnect: { sessions: { [SESSION_ID]: null } } });
    await until('no interface', () => !tunnel.hasInterface);
    await until('the events', () => kinds().includes('session-removed'));
  });

  it('writes down who reached what, and what was refused (T6, P2)', async () => {
    await until('the interface', () => tunnel.hasInterface);
    const flow = {
      sessionId: SESSION_ID,
      source: '100.64.0.2',
      destination: '192.168.250.10',
      packets: 1,
      bytes: 60,
      bytesToClient: 0,
    };
    const refused = { ...flow, destination: '192.168.250.99', protocol: 'icmp' as const };
    tunnel.flows = { active: [], opened: [{ ...flow, protocol: 'tcp', port: 80 }], refused: [refused] };
    await service.tick(null);
    await until('the events', () => kinds().includes('flow-refused'));
    expect(hub.stored.slice(-2).map((event) => event.detail)).toEqual([
      {
        kind: 'flow-opened',
        sessionId: SESSION_ID,
        source: '100.64.0.2',
        destination: '192.168.250.10',
        protocol: 'tcp',
        port: 80,
      },
      {
        kind: 'flow-refused',
        sessionId: SESSION_ID,
        source: '100.64.0.2',
        destination: '192.168.250.99',
        protocol: 'icmp',
      },
    ]);
  });

  it('writes down when a flow is over, and its bytes each way (C7, P2)', async () => {
    await until('the interface', () => tunnel.hasInterface);
    const flow = {
      sessionId: SESSION_ID,
      source: '100.64.0.2',
      destination: '192.168.250.10',
      protocol: 'tcp',
      port: 80,
    } as const;
    const first = { ...flow, packets: 1, bytes: 60, bytesToClient: 0 };
    tunnel.flows = { active: [first], opened: [first], refused: [] };
    await service.tick(null);
    tunnel.flows = { active: [{ ...first, packets: 9, bytes: 1000, bytesToClient: 800 }], opened: [], refused: [] };
    await service.tick(null);
    tunnel.flows = { active: [], opened: [], refused: [] };
    await service.tick(null);
    await until('the events', () => kinds().includes('flow-closed'));
    expect(hub.stored.at(-1)?.detail).toMatchObject({
      kind: 'flow-closed',
      ...flow,
      ...{ bytesToDevice: 200, bytesToClient: 800 },
    });
  });

  it('ends a session for the plant at once, tells the cloud, and does not bring it back (G4)', async () => {
    await until('the interface', () => tunnel.hasInterface);
    const ended = service.endSession(SESSION_ID, 'plant operator');
    await until('no interface', () => !tunnel.hasInterface);
    expect(await ended).toBe(true);
    await until('told', () => reported()?.sessions[SESSION_ID]?.state === 'failed');
    await stop('restart');
    outbox.close();
    await start();
    await until('online', () => service.link.state === 'online');
    await until('told again', () => reported()?.sessions[SESSION_ID]?.reason?.includes('by the plant') === true);
    expect(tunnel.hasInterface).toBe(false);
    expect(await service.endSession(SESSION_ID, 'plant operator')).toBe(false);
  });

  it('leaves a session ended that the plant ended by switching off, though nobody could be told (G4)', async () => {
    await until('the interface', () => tunnel.hasInterface);
    hub.isDown = true;
    hub.drop();
    await stop('remoteConnect was switched off at the plant');
    outbox.close();
    hub.isDown = false;
    await start(NEXT_SWITCH_ON);
    await until('told', () => reported()?.switchOnId === NEXT_SWITCH_ON);
    expect(reported()?.sessions[SESSION_ID]).toMatchObject({
      state: 'failed',
      reason: 'ended by the plant (switched off)',
    });
    expect(tunnel.hasInterface).toBe(false);
    const later = session({ clientPublicKey: key(2), clientAddress: '100.64.0.3', signallingSecret: key(8) });
    hub.setDesired({ remoteConnect: { sessions: { [OTHER_SESSION_ID]: later } } });
    await until('the interface', () => tunnel.hasInterface);
    expect(tunnel.whitelisted?.map(({ sessionId }) => sessionId)).toEqual([OTHER_SESSION_ID]);
  });

  it('goes on with its sessions after a restart that the plant did not ask for', async () => {
    await until('the interface', () => tunnel.hasInterface);
    await stop('restart');
    outbox.close();
    await start();
    await until('the interface again', () => tunnel.hasInterface);
  });

  it('ends a session when its time is over though the cloud is out of reach', async () => {
    await until('the interface', () => tunnel.hasInterface);
    hub.isDown = true;
    hub.drop();
    await vi.advanceTimersByTimeAsync(3_600_000);
    await service.tick(null);
    await until('no interface', () => !tunnel.hasInterface);
  });

  it('tells the cloud when no tunnel can be set up, and tries again by itself', async () => {
    await until('the interface', () => tunnel.hasInterface);
    const failure = new Error('no wireguard module');
    tunnel.failures.push(failure, failure, failure, failure);
    tunnel.engine?.emit('failed', new Error('the interface is gone'));
    await until('told', () => reported()?.sessions[SESSION_ID]?.state === 'failed');
    expect(reported()?.sessions[SESSION_ID]?.reason).toContain('no wireguard module');
    await until('it works again', () => reported()?.sessions[SESSION_ID]?.state === 'prepared');
    expect(tunnel.hasInterface).toBe(true);
  });

  it('takes interface and table away before anything else when it stops, then tells the cloud (G4)', async () => {
    await until('the interface', () => tunnel.hasInterface);
    await until('reported', () => reported()?.remoteConnect === 'on');
    tunnel.steps.length = 0;
    await stop('remoteConnect was switched off at the plant');
    expect(tunnel.steps).toEqual([
      'interface removed',
      'whitelist removed',
      'engine closed',
      'relays left',
      'machines told',
    ]);
    expect(reported()).toMatchObject({ remoteConnect: 'off', sessions: {} });
    expect(kinds().slice(-2)).toEqual(['session-removed', 'service-stopped']);
    expect(hub.isConnected).toBe(false);
  });

  it('searches the plant side when the cloud asks, one search at a time, and writes it down (C8, P2)', async () => {
    await until('the cloud can ask', () => hub.methods[SCAN_METHOD] !== undefined);
    const host = { address: '192.168.250.3', mac: '02:00:00:00:00:01', openPorts: [80] };
    scan = { finishedAt: '2026-06-01T08:00:00.000Z', networks: ['192.168.250.0/24'], skipped: [], hosts: [host] };
    expect(await hub.methods[SCAN_METHOD]?.()).toEqual({ status: 200, payload: scan });
    await until('written down', () => kinds().includes('plant-scanned'));
    scan = null;
    expect(await hub.methods[SCAN_METHOD]?.()).toEqual({ status: 409, payload: null });
  });

  it('does not go on without its audit log (P2)', async () => {
    await until('the interface', () => tunnel.hasInterface);
    outbox.close();
    await service.endSession(SESSION_ID, 'plant operator');
    expect(fatal).toContain('outbox-unusable');
    outbox = new Outbox({ path: join(folder, 'outbox.sqlite'), clock: systemClock });
  });
});
