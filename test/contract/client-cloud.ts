/** What a client sees of a cloud: redeem and event channel, behind the cloud's own authority. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePki, type Pki } from '@edgegateway/cloud-stub/pki/pki';
import {
  CLIENT_EVENTS_PATH,
  CLIENT_REDEEM_PATH,
  type ClientConfiguration,
  clientConfiguration,
  redeemRequest,
} from '@edgegateway/protocol/client-api';
import { generateSeed, keyPairOf } from '@edgegateway/tunnel/key-encapsulation';
import type { CloudAddress } from '@edgegateway/windows-client/core/cloud-address';
import { type WebSocket, WebSocketServer } from 'ws';

const HOST = 'localhost';

const key = (): string => randomBytes(32).toString('base64');

export const EVENT_TOKEN = 'token of the event channel';

export const REDEEM_REQUEST = {
  ticket: randomBytes(32).toString('base64url'),
  publicKey: key(),
  client: { version: '1', platform: 'linux', computer: 'laptop' },
} as const;

export const CONFIGURATION: ClientConfiguration = clientConfiguration.parse({
  session: { id: randomUUID(), name: 'Service', expiresAt: '2030-01-01T00:00:00.000Z' },
  address: '100.64.0.2',
  gateways: [
    {
      registrationId: 'gateway-1',
      name: 'Hall 2',
      publicKey: key(),
      encapsulationKey: keyPairOf(generateSeed()).encapsulationKey,
      tunnelAddress: '100.64.0.1',
      released: [{ address: '192.168.250.10' }],
      signallingSecret: key(),
    },
  ],
  relays: [{ name: 'relay0.c-us', region: 'c-us', host: 'relay.example', port: 443 }],
  stunServers: [],
  relayToken: 'token',
  eventToken: EVENT_TOKEN,
});

export class ClientCloud {
  /** What the next ticket is answered with. */
  answer = { status: 200, body: JSON.stringify(CONFIGURATION) };
  /** What a stripped upgrade is answered with. */
  upgradeStatus = 400;
  /** TLS connections so far. */
  connections = 0;
  readonly #directory: string;
  readonly #pki: Pki;
  readonly #server: Server;
  readonly #channels: WebSocketServer | null;

  /** @param upgrades `stripped`: a request for the event channel arrives without its upgrade, as behind some proxies */
  static async start(upgrades: 'taken' | 'stripped' = 'taken'): Promise<ClientCloud> {
    const directory = await mkdtemp(join(tmpdir(), 'client-contract-'));
    const listener = { host: HOST, port: 443, address: '127.0.0.1' };
    const pki = await ensurePki({ dataDirectory: directory, web: listener, dps: listener, hub: listener, relays: [] });
    const cloud = new ClientCloud(directory, pki, upgrades);
    cloud.#server.listen(0, '127.0.0.1');
    await once(cloud.#server, 'listening');
    return cloud;
  }

  private constructor(directory: string, pki: Pki, upgrades: 'taken' | 'stripped') {
    this.#directory = directory;
    this.#pki = pki;
    const { certPem: cert, keyPem } = pki.certificateFor(HOST);
    this.#server = createServer({ cert, key: keyPem }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const isRedeem = request.method === 'POST' && request.url === CLIENT_REDEEM_PATH;
        const isValid = isRedeem && redeemRequest.safeParse(JSON.parse(Buffer.concat(chunks).toString())).success;
        response.writeHead(isValid ? this.answer.status : this.upgradeStatus).end(this.answer.body);
      });
    });
    this.#server.on('secureConnection', () => {
      this.connections += 1;
    });
    if (upgrades === 'stripped') {
      this.#channels = null;
      return;
    }
    this.#channels = new WebSocketServer({
      server: this.#server,
      path: CLIENT_EVENTS_PATH,
      verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.authorization === `Bearer ${EVENT_TOKEN}`,
    });
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  /** Without a proxy. */
  get address(): CloudAddress {
    return { authority: `${HOST}:${this.port}`, caPem: this.#pki.caPem, proxy: null };
  }

  /** The next event channel that a client opens. */
  async nextSocket(): Promise<WebSocket> {
    if (this.#channels === null) throw new Error('no upgrade arrives');
    const [socket]: WebSocket[] = await once(this.#channels, 'connection');
    if (socket === undefined) throw new Error('no socket');
    return socket;
  }

  /** Nobody listens any more; may be called again. */
  async stop(): Promise<void> {
    for (const socket of this.#channels?.clients ?? []) socket.terminate();
    this.#channels?.close();
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true });
  }
}
