/** A tunnel of ours between the two namespaces: relay and gateway in the server's, client in the other. */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import type { PathPolicy } from '@edgegateway/tunnel/tunnel-engine';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import type { EndSettings } from '../netns/tunnel-end-program.ts';
import { startBenchRelay } from './bench-relay.ts';
import type { TwoNamespaces } from './two-namespaces.ts';

/** Inside the tunnel. */
export const TUNNEL_GATEWAY = '100.64.0.1';
const TUNNEL_CLIENT = '100.64.0.2';
const END_PROGRAM = join(import.meta.dirname, '../netns/tunnel-end-program.ts');

/** What a program has said, and when (milliseconds since 1970). */
export interface Said {
  readonly at: number;
  readonly line: string;
}

export class TunnelPair {
  readonly #directory: string;
  readonly #said = new Map<string, Said[]>();
  readonly #started: { stop(): Promise<void> }[] = [];

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Fulfilled once the client is connected over the relay. */
  static async start(network: TwoNamespaces, directory: string, policy: PathPolicy): Promise<TunnelPair> {
    const pair = new TunnelPair(directory);
    try {
      await pair.#start(network, policy);
      return pair;
    } catch (error) {
      await pair.close();
      throw error;
    }
  }

  saidBy(end: 'gateway' | 'client'): readonly Said[] {
    return this.#said.get(end) ?? [];
  }

  async untilSaid(end: 'gateway' | 'client', pattern: RegExp): Promise<Said> {
    return until(`the ${end} says ${pattern}`, () => this.saidBy(end).find(({ line }) => pattern.test(line)));
  }

  async close(): Promise<void> {
    for (const program of this.#started.splice(0).toReversed()) await program.stop();
  }

  async #start(network: TwoNamespaces, policy: PathPolicy): Promise<void> {
    const relay = await startBenchRelay(network, this.#directory);
    this.#started.push(relay);
    const sessionId = randomUUID();
    const presharedKey = randomBytes(32).toString('base64');
    const signallingSecret = randomBytes(32).toString('base64');
    const gatewayKeys = generateWireguardKeyPair();
    const clientKeys = generateWireguardKeyPair();
    const common = { policy, caPem: relay.caPem, relays: [relay.endpoint], stunServers: [] };
    const gateway: EndSettings = {
      ...common,
      role: 'gateway',
      interfaceName: 'bn-gw',
      privateKey: gatewayKeys.privateKey,
      address: TUNNEL_GATEWAY,
      peers: [
        {
          id: 'client',
          sessionId,
          presharedKey,
          signallingSecret,
          publicKey: clientKeys.publicKey,
          allowedAddresses: [TUNNEL_CLIENT],
          relayToken: await relay.token(gatewayKeys.publicKey, clientKeys.publicKey, sessionId),
        },
      ],
    };
    const client: EndSettings = {
      ...common,
      role: 'client',
      interfaceName: 'bn-cl',
      privateKey: clientKeys.privateKey,
      address: TUNNEL_CLIENT,
      peers: [
        {
          id: 'gateway',
          sessionId,
          presharedKey,
          signallingSecret,
          publicKey: gatewayKeys.publicKey,
          allowedAddresses: [TUNNEL_GATEWAY],
          relayToken: await relay.token(clientKeys.publicKey, gatewayKeys.publicKey, sessionId),
        },
      ],
    };
    await this.#run('gateway', network.server, gateway);
    await this.#run('client', network.load, client);
    await this.untilSaid('client', /^connected /);
  }

  async #run(name: string, namespace: string, settings: EndSettings): Promise<void> {
    const file = join(this.#directory, `${name}.json`);
    await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
    const said: Said[] = [];
    this.#said.set(name, said);
    this.#started.push(
      await SupervisedProcess.start({
        name,
        command: 'ip',
        argv: ['netns', 'exec', namespace, execPath, END_PROGRAM, file],
        readyWhen: /^ready/,
        logDirectory: this.#directory,
        onLine: (line) => said.push({ at: Date.now(), line }),
      }),
    );
  }
}
