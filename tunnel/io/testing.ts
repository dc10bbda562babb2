/** A relay for tests: speaks protocol/relay-control.ts to one end at a time, and believes every token. */
import { createHmac, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { type EndToRelay, endToRelay, type RelayToEnd, relayProofMessage } from '@edgegateway/protocol/relay-control';
import { type WebSocket, WebSocketServer } from 'ws';
import { importPublicKey } from '../keys.ts';
import { runCommand } from '../linux/run-command.ts';

export interface TestCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A certificate for 127.0.0.1 that is its own authority. */
export async function selfSignedCertificate(): Promise<TestCertificate> {
  const directory = await mkdtemp(join(tmpdir(), 'relay-test-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  try {
    await runCommand('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    return { certPem: await readFile(cert, 'utf8'), keyPem: await readFile(key, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

export class TestRelay {
  /** Every control message that an end sent, of all its connections. */
  readonly received: EndToRelay[] = [];
  readonly frames: Buffer[] = [];
  /** Of all connections. */
  pings = 0;
  /** Whether the last proof was right. */
  proved = false;
  readonly #server: Server;
  readonly #name: string;
  readonly #webSockets: WebSocketServer;
  readonly #keys = generateKeyPairSync('x25519');
  readonly #nonce = randomBytes(32).toString('base64');
  #end: WebSocket | null = null;
  #endKey = '';

  static async start({ certPem, keyPem }: TestCertificate, name = 'relay0'): Promise<TestRelay> {
    const server = createServer({ cert: certPem, key: keyPem });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TestRelay(server, name);
  }

  private constructor(server: Server, name: string) {
    this.#server = server;
    this.#name = name;
    this.#webSockets = new WebSocketServer({ server, path: '/relay' });
    this.#webSockets.on('connection', (socket) => {
      this.#end = socket;
      socket.on('ping', () => {
        this.pings += 1;
      });
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) this.frames.push(data);
        else this.#handle(endToRelay.parse(JSON.parse(data.toString())));
      });
    });
  }

  get endpoint(): RelayEndpoint {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { name: this.#name, region: 'c-us', host: '127.0.0.1', port };
  }

  get tokens(): string[] {
    return this.received.flatMap((message) => (message.type === 'open' ? [message.token] : []));
  }

  send(message: RelayToEnd | Uint8Array | string): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array;
    this.#end?.send(isRaw ? message : JSON.stringify(message));
  }

  /** The connection breaks, as if the relay had been killed. */
  breakConnection(): void {
    this.#end?.terminate();
  }

  /** What the end sends from now on is not read, and so not answered. */
  fallSilent(): void {
    this.#end?.pause();
  }

  get connections(): number {
    return this.#webSockets.clients.size;
  }

  async close(): Promise<void> {
    for (const client of this.#webSockets.clients) client.terminate();
    this.#webSockets.close();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #handle(message: EndToRelay): void {
    this.received.push(message);
    const publicKey = this.#keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    if (message.type === 'hello') {
      this.#endKey = message.publicKey;
      this.send({ type: 'challenge', publicKey, nonce: this.#nonce });
    } else if (message.type === 'proof') {
      const secret = diffieHellman({ privateKey: this.#keys.privateKey, publicKey: importPublicKey(this.#endKey) });
      const proof = relayProofMessage(this.#nonce, this.#endKey, publicKey);
      this.proved = createHmac('sha256', secret).update(proof).digest('base64') === message.mac;
      this.send({ type: 'ready' });
    }
  }
}
