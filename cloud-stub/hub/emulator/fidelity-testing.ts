/** The emulator on loopback ports, and devices that speak to it over TLS as any SDK would. */
import { once } from 'node:events';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import type { Packet } from 'mqtt-packet';
import { pino } from 'pino';
import { vi } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import { listen } from '../../listen.ts';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '../../pki/x509.ts';
import type { HubListener } from '../hub.ts';
import { createHubEmulator, type HubEmulator, type HubEmulatorOptions } from './hub-emulator.ts';
import { signatureOf } from './sas-token.ts';
import { MemoryStorage, TestGateway } from './testing.ts';

export const ID_SCOPE = '0ne0000A1B2';
export const HOST = 'localhost';
export const KEYS = {
  primaryKey: Buffer.alloc(32, 1).toString('base64'),
  secondaryKey: Buffer.alloc(32, 2).toString('base64'),
};

export interface Fidelity {
  readonly hub: HubEmulator;
  readonly authority: KeyedCertificate;
  readonly listener: Required<{ [Name in keyof HubListener]: ReturnType<typeof vi.fn<Required<HubListener>[Name]>> }>;
  readonly ports: { readonly dps: number; readonly hub: number };
  /** A certificate with its key, signed by the test's authority. */
  identity(commonName: string): Promise<KeyedCertificate>;
  dps(identity: KeyedCertificate | null, subprotocol?: string): Promise<TestGateway>;
  iotHub(identity: KeyedCertificate | null): Promise<TestGateway>;
  https(method: string, path: string, options: HttpsOptions): Promise<HttpsAnswer>;
  restart(options?: Partial<HubEmulatorOptions>): Promise<void>;
  close(): Promise<void>;
}

interface HttpsOptions {
  readonly identity?: KeyedCertificate;
  readonly authorization?: string;
  readonly body?: unknown;
}

interface HttpsAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into answers as it likes
  readonly body: any;
}

export async function startFidelity(): Promise<Fidelity> {
  const authority = await createAuthority(new Date());
  const server = await issueHostCertificate(authority, HOST, new Date());
  const certificate = { certPem: server.certificatePem, keyPem: server.keyPem };
  const ports = { dps: await freePort(), hub: await freePort() };
  const storage = new MemoryStorage();
  const listener = {
    connectionChanged: vi.fn<HubListener['connectionChanged']>(async () => undefined),
    reported: vi.fn<HubListener['reported']>(async () => undefined),
    telemetry: vi.fn<HubListener['telemetry']>(async () => undefined),
    appeared: vi.fn<Required<HubListener>['appeared']>(async () => undefined),
  };
  const start = async (options: Partial<HubEmulatorOptions> = {}): Promise<HubEmulator> => {
    const made = createHubEmulator({
      idScope: ID_SCOPE,
      dps: { host: HOST, port: ports.dps, address: '127.0.0.1', certificate },
      hub: { host: HOST, port: ports.hub, address: '127.0.0.1', certificate },
      storage,
      log: pino({ level: 'silent' }),
      ...options,
    });
    await made.start(listener);
    return made;
  };
  let hub = await start();
  const ca = authority.certificatePem;
  const credentials = (identity: KeyedCertificate | null) =>
    identity === null ? { ca } : { ca, cert: identity.certificatePem, key: identity.keyPem };
  const opened = new Set<TestGateway>();
  const track = (gateway: TestGateway): TestGateway => {
    opened.add(gateway);
    return gateway;
  };

  return {
    get hub() {
      return hub;
    },
    authority,
    listener,
    ports,
    identity: (commonName) => issueHostCertificate(authority, commonName, new Date()),
    async dps(identity, subprotocol = 'mqtt') {
      const url = `wss://${HOST}:${ports.dps}/$iothub/websocket`;
      const socket = new WebSocket(url, subprotocol, credentials(identity));
      await once(socket, 'open');
      return track(TestGateway.over(createWebSocketStream(socket)));
    },
    async iotHub(identity) {
      const socket = connectTls({ port: ports.hub, host: '127.0.0.1', servername: HOST, ...credentials(identity) });
      await once(socket, 'secureConnect');
      return track(TestGateway.over(socket));
    },
    async https(method, path, { identity, authorization, body }) {
      const call = request({
        ...{ method, path, port: ports.dps, host: HOST, agent: false },
        ...credentials(identity ?? null),
        headers: authorization === undefined ? {} : { authorization },
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
      const [response] = await once(call, 'response');
      const text = await textOf(response);
      return {
        status: response.statusCode,
        retryAfter: response.headers['retry-after'],
        body: JSON.parse(text),
      };
    },
    async restart(options) {
      await hub.stop();
      hub = await start(options);
    },
    async close() {
      for (const gateway of opened) gateway.end();
      await hub.stop();
    },
  };
}

/** `sr`, `sig`, `se` and `skn` as the SDKs write them. */
export function sasToken(resource: string, key: string, keyName: string | null, expiry = nowSeconds() + 3600): string {
  const encoded = encodeURIComponent(resource);
  const signature = encodeURIComponent(signatureOf(key, encoded, String(expiry)));
  const name = keyName === null ? '' : `&skn=${keyName}`;
  return `SharedAccessSignature sr=${encoded}&sig=${signature}&se=${expiry}${name}`;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

export function publish(topic: string, payload: string | Buffer, qos: 0 | 1 | 2 = 0, retain = false): Packet {
  return { cmd: 'publish', topic, payload, qos, dup: false, retain, ...(qos === 0 ? {} : { messageId: 5 }) };
}

export function subscribe(topic: string, qos: 0 | 1 | 2 = 0): Packet {
  return { cmd: 'subscribe', messageId: 3, subscriptions: [{ topic, qos }] };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, 'a probe', '127.0.0.1', 0);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
