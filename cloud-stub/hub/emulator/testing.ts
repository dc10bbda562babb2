/** A gateway's end of an MQTT connection to a hub session, for tests: packets go in and out without a network. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import { pino } from 'pino';
import { createAuthority, issueHostCertificate } from '../../pki/x509.ts';
import type { Attestation, HubDevice, HubGroup, HubListener, HubStorage } from '../hub.ts';
import { CloudToDevice } from './cloud-to-device.ts';
import { ConnectedGateways } from './connected-gateways.ts';
import { type DeviceCertificate, describeCertificate } from './device-certificate.ts';
import { DeviceRegistry } from './device-registry.ts';
import { DirectMethods } from './direct-methods.ts';
import { type HubContext, HubSession } from './hub-session.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { MqttPacketReader } from './mqtt-packets.ts';
import { newDevice } from './new-device.ts';
import { S1_RATES, type ThrottleRates, Throttles } from './throttles.ts';
import { Twins } from './twins.ts';

export const HOST = 'hub.example';
export const GATEWAY = 'gw-1';

export async function newCertificatePem(commonName: string): Promise<string> {
  const now = new Date();
  return (await issueHostCertificate(await createAuthority(now), commonName, now)).certificatePem;
}

export class MemoryStorage implements HubStorage {
  readonly saved: HubDevice[] = [];
  readonly groups = new Map<string, HubGroup>();
  /** Thrown by the next save. */
  failure: Error | null = null;

  async load(): Promise<readonly HubDevice[]> {
    return this.saved;
  }

  async save(device: HubDevice): Promise<void> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    this.saved.push(device);
  }

  async remove(): Promise<void> {
    this.saved.length = 0;
  }

  async loadGroups(): Promise<readonly HubGroup[]> {
    return [...this.groups.values()];
  }

  async saveGroup(group: HubGroup): Promise<void> {
    this.groups.set(group.groupId, group);
  }

  async removeGroup(groupId: string): Promise<void> {
    this.groups.delete(groupId);
  }
}

export interface HubBench {
  readonly storage: MemoryStorage;
  readonly registry: DeviceRegistry;
  readonly twins: Twins;
  readonly connected: ConnectedGateways;
  readonly methods: DirectMethods;
  readonly messages: CloudToDevice;
  readonly listener: HubListener;
  /** With the certificate that is enrolled, unless another one or none is given. */
  connect(certificate?: DeviceCertificate | null): TestGateway;
}

export interface HubBenchOptions {
  readonly throttles?: Partial<ThrottleRates>;
  readonly attestation?: Attestation;
}

/** A hub with one enrolled gateway. */
export async function createHubBench(
  certificatePem: string,
  listener: HubListener,
  { throttles = {}, attestation }: HubBenchOptions = {},
): Promise<HubBench> {
  const storage = new MemoryStorage();
  const connected = new ConnectedGateways();
  const registry = new DeviceRegistry(storage, () => undefined);
  const twins = new Twins(registry, pino({ level: 'silent' }));
  const methods = new DirectMethods(registry, connected);
  const messages = new CloudToDevice(registry, connected);
  const enrolled = attestation ?? { kind: 'certificate', certificatePem };
  await registry.put(GATEWAY, () => newDevice(GATEWAY, enrolled, new Date().toISOString()));
  const context: HubContext = {
    ...{ host: HOST, registry, twins, connected, methods, messages, listener },
    throttles: new Throttles({ ...S1_RATES, ...throttles }),
  };
  const own = describeCertificate(new X509Certificate(certificatePem));
  return {
    ...{ storage, registry, twins, connected, methods, messages, listener },
    connect: (certificate = own) =>
      TestGateway.servedBy((stream, onProblem) => serve(context, certificate, stream, onProblem)),
  };
}

function serve(
  context: HubContext,
  certificate: DeviceCertificate | null,
  stream: Duplex,
  onProblem: (reason: string) => void,
): Promise<void> {
  const service = new HubSession(context, certificate);
  return new MqttConnection({ stream, service, maxPacketBytes: 320 * 1024, onProblem }).run();
}

export const CONNECT: IConnectPacket = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: GATEWAY,
  username: `${HOST}/${GATEWAY}/?api-version=2021-04-12`,
  clean: false,
  keepalive: 30,
};

export class TestGateway {
  /** Fulfilled when the connection has ended, and the hub is through with it where it is served here. */
  readonly ended: Promise<void>;
  readonly problems: readonly string[];
  readonly #stream: Duplex;
  readonly #reader = new MqttPacketReader(1024 * 1024);
  readonly #packets: Packet[] = [];

  private constructor(stream: Duplex, served: Promise<void>, problems: readonly string[]) {
    this.problems = problems;
    this.#stream = stream;
    const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
    this.ended = Promise.all([closed, served]).then(() => undefined);
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.#packets.push(...this.#reader.push(chunk));
      stream.emit('packets');
    });
    stream.once('close', () => stream.emit('packets'));
    // A WebSocket's stream only ends when the other side goes.
    stream.once('end', () => stream.destroy());
  }

  /** Without a network: `serveStream` gets the other end. */
  static servedBy(serveStream: (stream: Duplex, onProblem: (reason: string) => void) => Promise<void>): TestGateway {
    const [own, other] = duplexPair();
    const problems: string[] = [];
    const served = serveStream(other, (reason) => problems.push(reason)).finally(() => own.destroy());
    return new TestGateway(own, served, problems);
  }

  /** Over a stream that leads to the hub. */
  static over(stream: Duplex): TestGateway {
    return new TestGateway(stream, Promise.resolve(), []);
  }

  send(...packets: readonly Packet[]): void {
    this.sendBytes(Buffer.concat(packets.map((packet) => generate(packet))));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  async next(): Promise<Packet> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      if (this.#stream.destroyed) throw new Error('the hub has closed the connection');
      await once(this.#stream, 'packets');
    }
  }
}
