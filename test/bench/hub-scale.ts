/**
 * 1,000 gateways at the cloud's hub: what connecting and reporting cost in processor time, what each gateway costs in
 * memory, and how long a change of the desired properties takes to arrive. The peer for the first is the MQTT broker
 * aedes, which keeps nothing and asks no store.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLOUD_FILES, type CloudConfiguration } from '@edgegateway/cloud-stub/configuration';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '@edgegateway/cloud-stub/pki/x509';
import type { GatewayConfiguration, GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { TUNNEL_NETWORK } from '@edgegateway/protocol/wire-values';
import { freePort } from '../lab/free-port.ts';
import type { Bench } from './bench.ts';
import { mediansOf } from './measure.ts';
import { median } from './median.ts';
import { percentile } from './percentile.ts';
import { processorTimeDuring } from './processor-time.ts';
import { residentMemoryOf } from './resident-memory.ts';
import { type HubAddress, SimulatedGateway, type SimulatedIdentity } from './simulated-gateway.ts';

const GATEWAYS = 1000;
const RUNS = 3;
/** So many connect, and report, at the same time. */
const AT_ONCE = 50;
const HOST = 'localhost';

export const hubScaleBench: Bench = {
  name: 'hub-scale',
  async run(directory) {
    const identities = await newIdentities(GATEWAYS);
    const ours: Run[] = [];
    const peers: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const folder = join(directory, `run-${run}`);
      await mkdir(folder, { recursive: true });
      ours.push(await runCloud(folder, identities));
      peers.push(await runAedes(folder, identities));
    }
    const connects = mediansOf(
      'hub-scale',
      '1/CPU-s',
      ours.map(({ connected }) => ({ 'gateways connected': connected })),
    );
    const peerValue = median(peers);
    return [
      ...connects.map((one) => ({ ...one, peer: 'aedes', peerValue, ratio: one.value / peerValue })),
      ...mediansOf(
        'hub-scale',
        '1/CPU-s',
        ours.map(({ reports }) => ({ 'reports taken': reports })),
      ),
      ...mediansOf(
        'hub-scale',
        'KB',
        ours.map(({ kilobytes }) => ({ 'memory a gateway': kilobytes })),
      ),
      ...mediansOf(
        'hub-scale',
        'ms',
        ours.map(({ p50, p99 }) => ({ 'desired change, p50': p50, 'desired change, p99': p99 })),
      ),
    ];
  },
};

interface Run {
  /** A second of the cloud's processor time, all its threads. */
  readonly connected: number;
  readonly reports: number;
  readonly kilobytes: number;
  readonly p50: number;
  readonly p99: number;
}

async function runCloud(directory: string, identities: readonly SimulatedIdentity[]): Promise<Run> {
  const configuration = await configurationIn(directory);
  const settings = {
    configuration,
    gateways: identities.map(({ registrationId, certificatePem }) => ({ registrationId, certificatePem })),
  };
  const cloud = await start(directory, 'hub-scale-cloud-program.ts', settings);
  const gateways = new Map<string, SimulatedGateway>();
  try {
    const caPem = await readFile(join(directory, CLOUD_FILES.ca), 'utf8');
    const before = await residentMemoryOf(pidOf(cloud));
    const hub = { host: HOST, port: configuration.hub.port, caPem };
    const connected = await perProcessorSecond(cloud, identities.length, () => connectAll(hub, identities, gateways));
    const reports = await perProcessorSecond(cloud, identities.length, () =>
      forAll([...gateways.values()], (gateway) => gateway.report({ remoteConnect: REPORT })),
    );
    const kilobytes = (((await residentMemoryOf(pidOf(cloud))) - before) * 1000) / gateways.size;
    return { connected, reports, kilobytes, ...(await changeDesired(cloud, gateways)) };
  } finally {
    for (const gateway of gateways.values()) gateway.close();
    await stop(cloud);
  }
}

async function runAedes(directory: string, identities: readonly SimulatedIdentity[]): Promise<number> {
  const authority = await createAuthority(new Date());
  const { certificatePem, keyPem } = await issueHostCertificate(authority, HOST, new Date());
  const port = await freePort();
  const broker = await start(directory, 'aedes-program.ts', { port, certificatePem, keyPem });
  const gateways = new Map<string, SimulatedGateway>();
  try {
    const hub = { host: HOST, port, caPem: authority.certificatePem };
    return await perProcessorSecond(broker, identities.length, () => connectAll(hub, identities, gateways));
  } finally {
    for (const gateway of gateways.values()) gateway.close();
    await stop(broker);
  }
}

async function perProcessorSecond(child: ChildProcess, count: number, work: () => Promise<void>): Promise<number> {
  const { seconds } = await processorTimeDuring(pidOf(child), work);
  return count / seconds;
}

function connectAll(
  hub: HubAddress,
  identities: readonly SimulatedIdentity[],
  gateways: Map<string, SimulatedGateway>,
): Promise<void> {
  return forAll(identities, async (identity) => {
    gateways.set(identity.registrationId, await SimulatedGateway.connect(hub, identity));
  });
}

/** Each change goes to another gateway; from the order to the cloud until it is here. */
async function changeDesired(
  cloud: ChildProcess,
  gateways: ReadonlyMap<string, SimulatedGateway>,
): Promise<{ p50: number; p99: number }> {
  const latencies: number[] = [];
  for (const [registrationId, gateway] of gateways) {
    const arrived = Promise.withResolvers<void>();
    gateway.onDesired = () => arrived.resolve();
    const from = performance.now();
    cloud.send({ registrationId, configuration: CONFIGURATION });
    await arrived.promise;
    latencies.push(performance.now() - from);
  }
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

/** Works on all, some at once. */
async function forAll<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function newIdentities(count: number): Promise<SimulatedIdentity[]> {
  const authority = await createAuthority(new Date());
  return Promise.all(
    Array.from({ length: count }, async (_, at): Promise<SimulatedIdentity> => {
      const registrationId = `gw-${String(at).padStart(4, '0')}`;
      const issued: KeyedCertificate = await issueHostCertificate(authority, registrationId, new Date());
      return { registrationId, ...issued };
    }),
  );
}

async function start(directory: string, program: string, settings: object): Promise<ChildProcess> {
  const file = join(directory, `${program}.json`);
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  const output = openSync(join(directory, `${program}.log`), 'a');
  const child = fork(join(import.meta.dirname, program), [file], { stdio: ['ignore', output, output, 'ipc'] });
  const failed = once(child, 'exit').then(() => {
    throw new Error(`${program} has ended; its log is in ${directory}`);
  });
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the program did not start');
  return pid;
}

async function configurationIn(
  dataDirectory: string,
): Promise<CloudConfiguration & { readonly hub: { readonly port: number } }> {
  const listener = async () => ({ host: HOST, port: await freePort(), address: '127.0.0.1' });
  return {
    dataDirectory,
    idScope: '0ne00000000',
    tunnelNetwork: TUNNEL_NETWORK,
    secondFactor: 'administrators',
    ...{ web: await listener(), dps: await listener(), hub: await listener() },
    relays: [{ name: 'relay0', region: 'c-us', host: HOST, port: 443, address: '127.0.0.1' }],
    stunServers: [],
  };
}

const REPORT: GatewayReport = {
  version: '0.1.0',
  wireguardPublicKey: Buffer.alloc(32, 1).toString('base64'),
  encapsulationKey: Buffer.alloc(1184, 1).toString('base64'),
  localNetworks: ['192.168.250.0/24'],
  remoteConnect: 'on',
  switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
  sessions: {},
};

const CONFIGURATION: GatewayConfiguration = {
  tunnelAddress: '100.64.0.1',
  relays: [{ name: 'relay0', region: 'c-us', host: 'relay0.example', port: 443 }],
  stunServers: [],
  sessions: {
    '11111111-1111-4111-8111-111111111111': {
      name: 'Pump 7',
      user: 'Ada',
      clientPublicKey: Buffer.alloc(32, 7).toString('base64'),
      clientAddress: '100.64.0.2',
      released: [{ address: '192.168.250.10' }],
      startedAt: '2020-01-01T00:00:00.000Z',
      expiresAt: '2030-01-01T00:00:00.000Z',
      relayToken: 't'.repeat(400),
      encapsulatedKey: Buffer.alloc(1088, 3).toString('base64'),
      signallingSecret: Buffer.alloc(32, 9).toString('base64'),
    },
  },
};
