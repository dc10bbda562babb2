/** What every hub does for the cloud, whoever carries it: the emulator, and Azure's adapter against the double of Azure. */
import { X509Certificate } from 'node:crypto';
import type { GatewayConfiguration, GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '../pki/x509.ts';
import { azureClients } from './azure/azure-clients.ts';
import { AzureDouble } from './azure/azure-double.ts';
import { createAzureHub } from './azure/azure-hub.ts';
import type { HubEvent } from './azure/hub-event.ts';
import { HOST, publish, startFidelity, subscribe } from './emulator/fidelity-testing.ts';
import type { TestGateway } from './emulator/testing.ts';
import type { Hub, HubListener } from './hub.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const ID = 'gw-1';
const REPORT: GatewayReport = {
  version: '0.1.0',
  wireguardPublicKey: Buffer.alloc(32).toString('base64'),
  encapsulationKey: Buffer.alloc(1184).toString('base64'),
  localNetworks: [],
  remoteConnect: 'on',
  switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
  sessions: {},
};
const CONFIGURATION: GatewayConfiguration = {
  tunnelAddress: '100.64.0.1',
  relays: [{ name: 'relay0', region: 'c-us', host: 'relay0.example', port: 443 }],
  stunServers: [],
  sessions: {},
};

type Told = { readonly [Name in keyof Required<HubListener>]: ReturnType<typeof vi.fn<Required<HubListener>[Name]>> };

interface World {
  readonly hub: Hub;
  readonly listener: Told;
  identity(id: string): Promise<KeyedCertificate>;
  /** The gateway registers and connects. @returns false when it is refused */
  connect(id: string, identity: KeyedCertificate): Promise<boolean>;
  report(id: string, report: GatewayReport): Promise<void>;
  send(id: string, body: object): Promise<void>;
  /** `remoteConnect` of the desired properties and how often they were changed. */
  desired(id: string): Promise<{ readonly configuration: unknown; readonly changes: number }>;
  isLost(id: string): Promise<boolean>;
  close(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

async function emulatorWorld(): Promise<World> {
  const azure = await startFidelity();
  const gateways = new Map<string, TestGateway>();
  const gatewayOf = (id: string): TestGateway => {
    const gateway = gateways.get(id);
    if (gateway === undefined) throw new Error(`${id} is not connected`);
    return gateway;
  };
  const ask = async (id: string, topic: string, payload: string) => {
    gatewayOf(id).send(publish(topic, payload));
    for (;;) {
      const packet = await gatewayOf(id).next();
      if (packet.cmd === 'publish' && packet.topic.startsWith('$iothub/twin/res/')) return packet.payload.toString();
    }
  };
  return {
    get hub() {
      return azure.hub;
    },
    listener: azure.listener,
    identity: (id) => azure.identity(id),
    async connect(id, identity) {
      const gateway = await azure.iotHub(identity);
      const username = `${HOST}/${id}/?api-version=2021-04-12`;
      const session = { clientId: id, username, clean: false, keepalive: 30 };
      gateway.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, ...session });
      const answer = await gateway.next();
      if (answer.cmd !== 'connack' || answer.returnCode !== 0) return false;
      gateways.set(id, gateway);
      gateway.send(subscribe('$iothub/twin/res/#'));
      return true;
    },
    async report(id, report) {
      await ask(id, '$iothub/twin/PATCH/properties/reported/?$rid=1', JSON.stringify({ remoteConnect: report }));
    },
    async send(id, body) {
      gatewayOf(id).send(publish(`devices/${id}/messages/events/%24.ct=application%2Fjson`, JSON.stringify(body), 1));
    },
    async desired(id) {
      const { desired } = JSON.parse(await ask(id, '$iothub/twin/GET/?$rid=1', ''));
      return { configuration: desired.remoteConnect, changes: desired.$version - 1 };
    },
    async isLost(id) {
      await gatewayOf(id).ended;
      return true;
    },
    close: () => azure.close(),
  };
}

async function azureWorld(): Promise<World> {
  const double = await AzureDouble.start();
  const listener = {
    connectionChanged: vi.fn<HubListener['connectionChanged']>(async () => undefined),
    reported: vi.fn<HubListener['reported']>(async () => undefined),
    telemetry: vi.fn<HubListener['telemetry']>(async () => undefined),
    appeared: vi.fn<Required<HubListener>['appeared']>(async () => undefined),
  };
  let take: (event: HubEvent) => Promise<void> = nothing;
  const events = {
    start: async (taking: typeof take) => {
      take = taking;
    },
    stop: async () => undefined,
  };
  const { iotHub, provisioning } = AzureDouble.connections;
  const hub = createAzureHub({
    clients: azureClients(iotHub, provisioning, double.agent),
    events,
    log: pino({ level: 'silent' }),
  });
  await hub.start(listener);
  const authority = await createAuthority(new Date());
  return {
    hub,
    listener,
    identity: (id) => issueHostCertificate(authority, id, new Date()),
    async connect(id, { certificatePem }) {
      const thumbprint = new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '');
      const enrollment = double.enrollments.get(id);
      if (enrollment?.thumbprint !== thumbprint || enrollment.body.provisioningStatus !== 'enabled') return false;
      const isNew = !double.devices.has(id);
      double.provision(id);
      if (isNew) await take({ kind: 'created', id });
      const device = double.devices.get(id);
      if (device?.status !== 'enabled') return false;
      device.connected = true;
      await take({ kind: 'connection', id, connected: true, at: '2026-01-01T00:00:00.000Z' });
      return true;
    },
    async report(id, report) {
      const device = double.devices.get(id);
      if (device !== undefined) device.reported = { remoteConnect: report };
      await take({ kind: 'twin-changed', id });
    },
    send: (id, body) =>
      take({ kind: 'telemetry', id, body, properties: { system: { ct: 'application/json' }, application: {} } }),
    async desired(id) {
      const device = double.devices.get(id);
      return { configuration: device?.desired['remoteConnect'], changes: (device?.version ?? 1) - 1 };
    },
    isLost: async (id) => double.devices.get(id)?.connected !== true,
    async close() {
      await hub.stop();
      await double.close();
      expect(double.complaints).toEqual([]);
    },
  };
}

describe.each([
  ['the emulator', emulatorWorld],
  ["Azure's adapter with the double of Azure", azureWorld],
])('%s', (_name, open) => {
  let world: World;
  let identity: KeyedCertificate;
  beforeEach(async () => {
    world = await open();
    identity = await world.identity(ID);
  });
  afterEach(() => world.close());

  test('G6: only who is enrolled gets in; the cloud is told and knows that it is connected', async () => {
    expect(await world.connect(ID, identity)).toBe(false);
    await world.hub.enroll(ID, identity.certificatePem);
    expect(await world.connect(ID, identity)).toBe(true);
    expect(world.hub.isConnected(ID)).toBe(true);
    expect(world.listener.connectionChanged.mock.calls.map(([id, now]) => [id, now])).toEqual([[ID, true]]);
  });

  test('C8: a certificate of another gateway, and what is none, is not enrolled', async () => {
    await expect(world.hub.enroll('gw-2', identity.certificatePem)).rejects.toMatchObject({
      code: 'certificate-of-another-device',
    });
    await expect(world.hub.enroll(ID, 'nonsense')).rejects.toMatchObject({ code: 'certificate-invalid' });
  });

  test('C8: enrolling the same again changes nothing; another certificate replaces the former', async () => {
    await world.hub.enroll(ID, identity.certificatePem);
    await world.hub.enroll(ID, identity.certificatePem);
    expect(await world.connect(ID, identity)).toBe(true);
    const renewed = await world.identity(ID);
    await world.hub.enroll(ID, renewed.certificatePem);
    expect(await world.connect(ID, identity)).toBe(false);
    expect(await world.connect(ID, renewed)).toBe(true);
  });

  test('C8: a gateway that is disabled is dropped and refused; enabled again, it has what it had', async () => {
    await world.hub.enroll(ID, identity.certificatePem);
    await world.connect(ID, identity);
    await world.hub.setDesired(ID, CONFIGURATION);
    await world.hub.disable(ID);
    await world.hub.disable(ID);
    expect(await world.isLost(ID)).toBe(true);
    expect(await world.connect(ID, identity)).toBe(false);
    await world.hub.enable(ID);
    expect(await world.connect(ID, identity)).toBe(true);
    expect((await world.desired(ID)).configuration).toEqual(CONFIGURATION);
  });

  test('C8: a gateway that is removed is refused; removing it again is no fault', async () => {
    await world.hub.enroll(ID, identity.certificatePem);
    await world.connect(ID, identity);
    await world.hub.remove(ID);
    await world.hub.remove(ID);
    expect(world.hub.isConnected(ID)).toBe(false);
    expect(await world.connect(ID, identity)).toBe(false);
  });

  test('C3: desired properties become exactly what is set; the same again is no change', async () => {
    await world.hub.enroll(ID, identity.certificatePem);
    await world.connect(ID, identity);
    await world.hub.setDesired(ID, CONFIGURATION);
    await world.hub.setDesired(ID, CONFIGURATION);
    expect(await world.desired(ID)).toEqual({ configuration: CONFIGURATION, changes: 1 });
    await world.hub.setDesired(ID, { ...CONFIGURATION, relays: [] });
    expect(await world.desired(ID)).toEqual({ configuration: { ...CONFIGURATION, relays: [] }, changes: 2 });
  });

  test('C3: what is set before a gateway has ever come is there when it comes', async () => {
    await world.hub.enroll(ID, identity.certificatePem);
    await world.hub.setDesired(ID, CONFIGURATION);
    await world.connect(ID, identity);
    expect((await world.desired(ID)).configuration).toEqual(CONFIGURATION);
  });

  test('G6: reports and messages reach the cloud with what they say', async () => {
    await world.hub.enroll(ID, identity.certificatePem);
    await world.connect(ID, identity);
    await world.report(ID, REPORT);
    expect(world.listener.reported).toHaveBeenLastCalledWith(ID, REPORT);
    await world.send(ID, { sequence: 1 });
    const properties = { system: { ct: 'application/json' }, application: {} };
    await vi.waitFor(
      () => expect(world.listener.telemetry).toHaveBeenCalledWith(ID, { sequence: 1 }, properties),
      PATIENCE,
    );
  });

  test('C8: an enrolment group is an authority; a certificate that is none is refused', async () => {
    await expect(world.hub.enrollGroup('works', identity.certificatePem)).rejects.toMatchObject({
      code: 'not-an-authority',
    });
    const authority = await createAuthority(new Date());
    await world.hub.enrollGroup('works', authority.certificatePem);
    await world.hub.enrollGroup('works', authority.certificatePem);
    await world.hub.removeGroup('works');
    await world.hub.removeGroup('works');
  });
});
