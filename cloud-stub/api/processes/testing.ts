/** The cloud's program as a process, and a gateway at its hub, for tests of several processes on one database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { TUNNEL_NETWORK } from '@edgegateway/protocol/wire-values';
import { generate, type Packet } from 'mqtt-packet';
import { WebSocket } from 'ws';
import { CLOUD_FILES, type CloudConfiguration } from '../../configuration.ts';
import { MqttPacketReader } from '../../hub/emulator/mqtt-packets.ts';
import type { KeyedCertificate } from '../../pki/x509.ts';

const HOST = 'cloud.example';
const main = join(import.meta.dirname, '../../main.ts');

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export interface ProcessAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into answers as it likes
  readonly body: any;
}

export interface CloudProcessOptions {
  /** Shared by all processes of the cloud. */
  readonly dataDirectory: string;
  readonly databaseUrl: string;
  readonly dpsPort: number;
  readonly hubPort: number;
}

export class CloudProcess {
  readonly port: number;
  /** Cookie of whoever is logged in. */
  cookie = '';
  /** What it has written into its log. */
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  readonly #ca: string;

  private constructor(child: ChildProcess, port: number, ca: string) {
    this.#child = child;
    this.port = port;
    this.#ca = ca;
  }

  /** Fulfilled when it serves. */
  static async start({ dataDirectory, databaseUrl, dpsPort, hubPort }: CloudProcessOptions): Promise<CloudProcess> {
    const port = await freePort();
    const address = '127.0.0.1';
    const configuration: CloudConfiguration = {
      dataDirectory,
      secondFactor: 'administrators',
      idScope: '0ne00000001',
      tunnelNetwork: TUNNEL_NETWORK,
      web: { host: HOST, port, address },
      dps: { host: 'dps.example', port: dpsPort, address },
      hub: { host: 'hub.example', port: hubPort, address },
      relays: [{ name: 'relay0.c-us', region: 'c-us', host: 'relay.example', port: 443, address }],
      stunServers: [],
    };
    const file = join(dataDirectory, `configuration-${port}.json`);
    await writeFile(file, JSON.stringify(configuration));
    await writeFile(join(dataDirectory, 'index.html'), '<!doctype html>');
    const child = spawn(execPath, [main, '--config', file, '--ui', dataDirectory], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { DATABASE_URL: databaseUrl },
    });
    const log: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`The cloud ended:\n${log.join('')}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().startsWith('ready ')) resolve();
      });
    });
    const started = new CloudProcess(child, port, await readFile(join(dataDirectory, CLOUD_FILES.ca), 'utf8'));
    started.log.push(...log);
    child.stderr.on('data', (chunk: Buffer) => started.log.push(chunk.toString()));
    return started;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async call(method: string, path: string, body?: object): Promise<ProcessAnswer> {
    const answer = await this.#send(method, path, body);
    const content = await text(answer);
    const { statusCode: status = 0, headers } = answer;
    return { status, headers, body: content === '' ? null : JSON.parse(content) };
  }

  /** What the event stream has said, and goes on to say. */
  async watch(): Promise<string[]> {
    const seen: string[] = [];
    const answer = await this.#send('GET', '/api/events');
    answer.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    answer.on('error', () => undefined);
    return seen;
  }

  /** The client's event channel: what it has received, and goes on to receive. */
  async channel(path: string, eventToken: string): Promise<{ received: unknown[]; send: (message: object) => void }> {
    const received: unknown[] = [];
    const socket = new WebSocket(`wss://127.0.0.1:${this.port}${path}`, {
      ...this.#options('GET', path),
      headers: { authorization: `Bearer ${eventToken}` },
    });
    socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString())));
    socket.on('error', () => undefined);
    await once(socket, 'open');
    return { received, send: (message) => socket.send(JSON.stringify(message)) };
  }

  #send(method: string, path: string, body?: object): Promise<IncomingMessage> {
    const sent = request(this.#options(method, path));
    if (body !== undefined) sent.setHeader('content-type', 'application/json');
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    return new Promise((resolve, reject) => sent.once('response', resolve).once('error', reject));
  }

  #options(method: string, path: string): RequestOptions {
    return {
      host: '127.0.0.1',
      port: this.port,
      servername: HOST,
      checkServerIdentity: () => undefined,
      ca: this.#ca,
      agent: false,
      method,
      path,
      headers: { origin: `https://${HOST}:${this.port}`, cookie: this.cookie },
    };
  }
}

/** A gateway that comes back whenever its connection breaks. */
export class HubDeviceClient {
  /** Packets that it was sent. */
  readonly received: Packet[] = [];
  readonly #options: { readonly port: number; readonly id: string; readonly report: GatewayReport };
  readonly #certificate: KeyedCertificate;
  #socket: TLSSocket | null = null;
  #closed = false;

  constructor(options: { port: number; id: string; report: GatewayReport }, certificate: KeyedCertificate) {
    this.#options = options;
    this.#certificate = certificate;
  }

  open(): void {
    const { port, id, report } = this.#options;
    const { certificatePem: cert, keyPem: key } = this.#certificate;
    const socket = connect({ host: '127.0.0.1', port, cert, key, rejectUnauthorized: false });
    this.#socket = socket;
    const reader = new MqttPacketReader(1024 * 1024);
    const send = (packet: Packet) => socket.write(generate(packet));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.#closed) setTimeout(() => this.open(), 200);
    });
    socket.on('data', (chunk: Buffer) => {
      for (const packet of reader.push(chunk)) {
        this.received.push(packet);
        if (packet.cmd !== 'connack') continue;
        const payload = JSON.stringify({ remoteConnect: report });
        const topic = '$iothub/twin/PATCH/properties/reported/?$rid=1';
        send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
      }
    });
    const username = `hub.example/${id}/?api-version=2021-04-12`;
    const protocol = { protocolId: 'MQTT', protocolVersion: 4 } as const;
    send({ cmd: 'connect', ...protocol, clientId: id, username, clean: false, keepalive: 30 });
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }
}
