/**
 * A tunnel in the laboratory's network: a relay or two in the cloud, a gateway with its plant, a client in the office.
 */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { publicJwk } from '@edgegateway/cloud-stub/pki/relay-token-key';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '@edgegateway/cloud-stub/pki/x509';
import { signToken } from '@edgegateway/cloud-stub/relay/testing';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { AddressTranslation, ReleasedAddress } from '@edgegateway/protocol/released-address';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import type { PathPolicy } from '@edgegateway/tunnel/tunnel-engine';
import { startMachines } from '../lab/machines.ts';
import { createLabNetwork, type LabNetwork } from '../lab/network.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import type { EndSettings } from './tunnel-end-program.ts';
import type { RelaySettings } from './tunnel-relay-program.ts';

export const GATEWAY_INTERFACE = 'rc0';
export const CLIENT_INTERFACE = 'rc1';
export const CLIENT_ADDRESS = '100.64.0.2';
const GATEWAY_ADDRESS = '100.64.0.1';
const TOKEN_SECONDS = 3600;

function isConfigured(line: string): boolean {
  return line === 'configured';
}

export class TunnelFixture {
  readonly network: LabNetwork;
  readonly sessionId = randomUUID();
  readonly #policy: PathPolicy;
  /** Of the programs' logs. */
  readonly directory: string;
  readonly #authority: KeyedCertificate;
  readonly #tokenKey = generateKeyPairSync('ed25519').privateKey;
  readonly #gatewayKeys = generateWireguardKeyPair();
  readonly #clientKeys = generateWireguardKeyPair();
  readonly #presharedKey = randomBytes(32).toString('base64');
  /** The client's too, unless a test gives the gateway another one. */
  gatewaysPresharedKey = this.#presharedKey;
  readonly #signallingSecret = randomBytes(32).toString('base64');
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #lines = new Map<string, string[]>();

  #machines: { close(): Promise<void> } | null = null;

  private constructor(network: LabNetwork, policy: PathPolicy, directory: string, authority: KeyedCertificate) {
    this.network = network;
    this.#policy = policy;
    this.directory = directory;
    this.#authority = authority;
  }

  static async create(prefix: string, policy: PathPolicy = 'relay-only'): Promise<TunnelFixture> {
    const directory = join(import.meta.dirname, '../../build', `tunnel-${prefix}`);
    await mkdir(directory, { recursive: true });
    const network = await createLabNetwork({ prefix, gateway: 'programs', logDirectory: directory });
    return new TunnelFixture(network, policy, directory, await createAuthority(new Date()));
  }

  /** What a program has printed so far. */
  linesOf(name: string): readonly string[] {
    return this.#lines.get(name) ?? [];
  }

  async startMachines(): Promise<void> {
    const { plant, cloud } = this.network.namespaces;
    this.#machines = await startMachines({
      plantNamespaces: [plant],
      cloudNamespace: cloud,
      logDirectory: this.directory,
    });
  }

  /** `address`: where it listens in the cloud. */
  async startRelay(relay: RelayEndpoint, address: string = relay.host): Promise<void> {
    const certificate = await issueHostCertificate(this.#authority, relay.host, new Date());
    const settings: RelaySettings = {
      name: relay.name,
      address,
      port: relay.port,
      certPem: certificate.certificatePem,
      keyPem: certificate.keyPem,
      tokenKey: JSON.stringify(publicJwk(this.#tokenKey)),
    };
    await this.#start(relay.name, this.network.namespaces.cloud, 'tunnel-relay-program.ts', settings);
  }

  async startGateway(relays: readonly RelayEndpoint[], released: readonly ReleasedAddress[]): Promise<void> {
    const settings = await this.#gatewaySettings(relays, released);
    await this.#start('gateway', this.network.namespaces.gateway, 'tunnel-end-program.ts', settings);
  }

  async changeGateway(
    relays: readonly RelayEndpoint[],
    released: readonly ReleasedAddress[],
    translations: readonly AddressTranslation[] = [],
  ): Promise<void> {
    await this.#change('gateway', await this.#gatewaySettings(relays, released, translations));
  }

  async startClient(relays: readonly RelayEndpoint[], addresses: readonly string[]): Promise<void> {
    const settings = await this.#clientSettings(relays, addresses);
    await this.#start('client', this.network.namespaces.office, 'tunnel-end-program.ts', settings);
  }

  async changeClient(relays: readonly RelayEndpoint[], addresses: readonly string[]): Promise<void> {
    await this.#change('client', await this.#clientSettings(relays, addresses));
  }

  /** A program of this folder that prints `ready`; what it prints is in `linesOf`. @returns its process id */
  async startProgram(name: string, namespace: string, program: string, argv: readonly string[]): Promise<number> {
    const started = await this.#startProcess(name, namespace, program, argv);
    if (started.pid === undefined) throw new Error(`${name} does not run`);
    return started.pid;
  }

  /** A ping that goes on, from the technician's computer. */
  async startPing(
    address: string,
    seconds = 0.2,
  ): Promise<{ readonly lines: readonly string[]; stop(): Promise<void> }> {
    const lines: string[] = [];
    const ping = await SupervisedProcess.start({
      name: 'ping',
      command: 'ip',
      argv: ['netns', 'exec', this.network.namespaces.office, 'ping', '-i', String(seconds), address],
      readyWhen: /^PING/,
      logDirectory: this.directory,
      onLine: (line) => lines.push(line),
    });
    this.#processes.set('ping', ping);
    return { lines, stop: () => this.stop('ping') };
  }

  /** Waits until a program has printed a line like this after its first `after` lines. */
  async untilLine(name: string, pattern: RegExp, after = 0, seconds = 60): Promise<string> {
    return until(
      `${name} says ${pattern}`,
      () =>
        this.linesOf(name)
          .slice(after)
          .find((line) => pattern.test(line)),
      seconds,
    );
  }

  kill(name: string): void {
    this.#processes.get(name)?.killHard();
  }

  async stop(name: string): Promise<void> {
    await this.#processes.get(name)?.stop();
    this.#processes.delete(name);
  }

  async close(): Promise<void> {
    for (const process of this.#processes.values()) await process.stop();
    await this.#machines?.close();
    await this.network.close();
  }

  async #change(name: 'client' | 'gateway', settings: EndSettings): Promise<void> {
    const before = this.linesOf(name).filter(isConfigured).length;
    await writeFile(this.#file(name), JSON.stringify(settings));
    const pid = this.#processes.get(name)?.pid;
    if (pid === undefined) throw new Error(`the ${name} does not run`);
    kill(pid, 'SIGHUP');
    await until(`the ${name} is configured`, () => this.linesOf(name).filter(isConfigured).length > before);
  }

  async #clientSettings(relays: readonly RelayEndpoint[], addresses: readonly string[]): Promise<EndSettings> {
    return {
      ...{ role: 'client', policy: this.#policy },
      interfaceName: CLIENT_INTERFACE,
      privateKey: this.#clientKeys.privateKey,
      address: CLIENT_ADDRESS,
      caPem: this.#authority.certificatePem,
      relays: [...relays],
      stunServers: [],
      peers: [
        {
          id: 'gateway',
          sessionId: this.sessionId,
          publicKey: this.#gatewayKeys.publicKey,
          presharedKey: this.#presharedKey,
          allowedAddresses: [...addresses],
          relayToken: await this.#token(this.#clientKeys.publicKey, this.#gatewayKeys.publicKey),
          signallingSecret: this.#signallingSecret,
        },
      ],
    };
  }

  async #gatewaySettings(
    relays: readonly RelayEndpoint[],
    released: readonly ReleasedAddress[],
    translations: readonly AddressTranslation[] = [],
  ): Promise<EndSettings> {
    const { sessionId } = this;
    const isRunning = released.length > 0;
    return {
      ...{ role: 'gateway', policy: this.#policy },
      interfaceName: GATEWAY_INTERFACE,
      privateKey: this.#gatewayKeys.privateKey,
      address: GATEWAY_ADDRESS,
      caPem: this.#authority.certificatePem,
      relays: [...relays],
      stunServers: [],
      peers: [
        {
          id: 'client',
          sessionId,
          publicKey: this.#clientKeys.publicKey,
          presharedKey: this.gatewaysPresharedKey,
          allowedAddresses: [CLIENT_ADDRESS],
          relayToken: await this.#token(this.#gatewayKeys.publicKey, this.#clientKeys.publicKey),
          signallingSecret: this.#signallingSecret,
        },
      ],
      whitelist: {
        plantInterface: 'lan0',
        sessions: isRunning
          ? [{ sessionId, clientAddress: CLIENT_ADDRESS, released: [...released], translations: [...translations] }]
          : [],
      },
    };
  }

  #token(own: string, peer: string): Promise<string> {
    return signToken(this.#tokenKey, { sub: own, peers: [peer], sid: this.sessionId }, TOKEN_SECONDS);
  }

  #file(name: string): string {
    return join(this.directory, `${name}.json`);
  }

  async #start(name: string, namespace: string, program: string, settings: unknown): Promise<void> {
    await writeFile(this.#file(name), JSON.stringify(settings), { mode: 0o600 });
    await this.#startProcess(name, namespace, program, [this.#file(name)]);
  }

  async #startProcess(
    name: string,
    namespace: string,
    program: string,
    argv: readonly string[],
  ): Promise<SupervisedProcess> {
    const lines: string[] = [];
    this.#lines.set(name, lines);
    const started = await SupervisedProcess.start({
      name,
      command: 'ip',
      argv: ['netns', 'exec', namespace, execPath, join(import.meta.dirname, program), ...argv],
      readyWhen: /^ready/,
      logDirectory: this.directory,
      onLine: (line) => lines.push(line),
    });
    this.#processes.set(name, started);
    return started;
  }
}
