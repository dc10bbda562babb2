/** The hub emulator on free ports with a certification authority of its own, and gateways to drive it with. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHubEmulator, type HubEmulator } from '@edgegateway/cloud-stub/hub/emulator/hub-emulator';
import { S1_RATES, type ThrottleRates } from '@edgegateway/cloud-stub/hub/emulator/throttles';
import type { Hub, HubDevice, HubGroup, HubListener, HubStorage } from '@edgegateway/cloud-stub/hub/hub';
import { ensurePki } from '@edgegateway/cloud-stub/pki/pki';
import type { GatewayConfiguration, GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import type { GatewayIdentity } from '@edgegateway/services/provisioning/identity';
import { pino } from 'pino';

export const ID_SCOPE = '0ne0000A1B2';
const HOST = 'localhost';
const ADDRESS = '127.0.0.1';

export interface HubFixture {
  readonly hub: HubEmulator;
  readonly listener: RecordingListener;
  readonly caPem: string;
  readonly dpsPort: number;
  readonly hubPort: number;
  /** A gateway with a fresh self-signed certificate, not enrolled. */
  newIdentity(registrationId: string): Promise<GatewayIdentity>;
  enrolled(registrationId: string): Promise<GatewayIdentity>;
  /** Stops the emulator and starts another on the same ports with the same storage. */
  restart(throttles?: ThrottleRates): Promise<Hub>;
  close(): Promise<void>;
}

export class MemoryStorage implements HubStorage {
  readonly #devices = new Map<string, string>();
  readonly #groups = new Map<string, string>();

  async load(): Promise<readonly HubDevice[]> {
    return [...this.#devices.values()].map((text): HubDevice => JSON.parse(text));
  }

  async save(device: HubDevice): Promise<void> {
    this.#devices.set(device.registrationId, JSON.stringify(device));
  }

  async remove(registrationId: string): Promise<void> {
    this.#devices.delete(registrationId);
  }

  async loadGroups(): Promise<readonly HubGroup[]> {
    return [...this.#groups.values()].map((text): HubGroup => JSON.parse(text));
  }

  async saveGroup(group: HubGroup): Promise<void> {
    this.#groups.set(group.groupId, JSON.stringify(group));
  }

  async removeGroup(groupId: string): Promise<void> {
    this.#groups.delete(groupId);
  }
}

/** Remembers what it is told; `onTelemetry` may be replaced. */
export class RecordingListener implements HubListener {
  readonly connections: [string, boolean][] = [];
  readonly reports: [string, GatewayReport][] = [];
  onTelemetry: (registrationId: string, body: unknown) => Promise<void> = async () => undefined;

  async connectionChanged(registrationId: string, connected: boolean): Promise<void> {
    this.connections.push([registrationId, connected]);
  }

  async reported(registrationId: string, report: GatewayReport): Promise<void> {
    this.reports.push([registrationId, report]);
  }

  telemetry(registrationId: string, body: unknown): Promise<void> {
    return this.onTelemetry(registrationId, body);
  }
}

export async function startHubFixture(): Promise<HubFixture> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'hub-contract-'));
  const listenerOf = (port: number) => ({ host: HOST, port, address: ADDRESS });
  const [dpsPort, hubPort] = [await freePort(), await freePort()];
  const pki = await ensurePki({
    dataDirectory,
    web: listenerOf(1),
    dps: listenerOf(dpsPort),
    hub: listenerOf(hubPort),
    relays: [],
  });
  const certificate = pki.certificateFor(HOST);
  const storage = new MemoryStorage();
  const listener = new RecordingListener();
  const start = async (throttles: ThrottleRates = S1_RATES): Promise<HubEmulator> => {
    const hub = createHubEmulator({
      idScope: ID_SCOPE,
      dps: { ...listenerOf(dpsPort), certificate },
      hub: { ...listenerOf(hubPort), certificate },
      storage,
      throttles,
      log: pino({ level: 'silent' }),
    });
    await hub.start(listener);
    return hub;
  };
  let hub = await start();

  const newIdentity = async (registrationId: string): Promise<GatewayIdentity> => ({
    idScope: ID_SCOPE,
    registrationId,
    dps: { host: HOST, port: dpsPort },
    ...(await selfSigned(dataDirectory, registrationId)),
    caPem: pki.caPem,
  });

  return {
    get hub() {
      return hub;
    },
    listener,
    caPem: pki.caPem,
    dpsPort,
    hubPort,
    newIdentity,
    async enrolled(registrationId) {
      const identity = await newIdentity(registrationId);
      await hub.enroll(registrationId, identity.certificatePem);
      return identity;
    },
    async restart(throttles) {
      await hub.stop();
      hub = await start(throttles);
      return hub;
    },
    async close() {
      await hub.stop();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

/** 32 bytes in base64 */
const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

/** A configuration with one session that releases the given addresses. */
export function configurationReleasing(...addresses: string[]): GatewayConfiguration {
  return {
    tunnelAddress: '100.64.0.1',
    relays: [{ name: 'relay0.c-us', region: 'c-us', host: 'relay0.example', port: 443 }],
    stunServers: [],
    sessions: {
      '11111111-1111-4111-8111-111111111111': {
        name: 'Pump 7',
        user: 'Ada',
        clientPublicKey: key(7),
        encapsulatedKey: Buffer.alloc(1088, 3).toString('base64'),
        clientAddress: '100.64.0.2',
        released: addresses.map((address) => ({ address })),
        startedAt: '2020-01-01T00:00:00.000Z',
        expiresAt: '2030-01-01T00:00:00.000Z',
        relayToken: 'token',
        signallingSecret: key(9),
      },
    },
  };
}

export const REPORT: GatewayReport = {
  version: '0.1.0',
  wireguardPublicKey: key(1),
  encapsulationKey: Buffer.alloc(1184, 1).toString('base64'),
  localNetworks: ['192.168.250.0/24'],
  remoteConnect: 'on',
  switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
  sessions: {},
};

async function selfSigned(directory: string, commonName: string) {
  const folder = await mkdtemp(join(directory, 'device-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-x509', '-days', '3650', '-subj', `/CN=${commonName}`];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await promisify(execFile)('openssl', ['req', ...subject, ...newKey, '-keyout', keyFile, '-out', certificateFile]);
  const [certificatePem, keyPem] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { certificatePem, keyPem };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === 'string') throw new Error('no port is free');
  return bound.port;
}
