/// <reference types="node" />
/** An AMS for the page's tests: the built page under the real policy, answers that the contract's schemas have passed. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { type Access, type AmsError, access, amsError, type Overview, overview } from '@edgegateway/appliance/contract';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export const OFF: Overview = {
  version: '0.1.0',
  registrationId: 'edge-0042',
  deviceCertificate: `-----BEGIN CERTIFICATE-----\n${`${'MIIB'.repeat(16)}\n`.repeat(6)}-----END CERTIFICATE-----\n`,
  remoteConnect: { state: 'off' },
  service: null,
};

export class FakeAms {
  access: Access = { passwordSet: true, loggedIn: true };
  overview: Overview = OFF;
  /** Answers the next request that changes something. */
  refusal: { readonly status: number; readonly error: AmsError } | null = null;
  onChange: (path: string) => void = () => undefined;
  readonly received: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];
  readonly #streams = new Set<ServerResponse>();
  readonly #server: Server;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((incoming, answer) => {
      this.#serve(incoming, answer).catch((error: unknown) =>
        answer.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake AMS has no port');
    return `http://127.0.0.1:${address.port}/`;
  }

  tell(changed: Overview): void {
    this.overview = overview.parse(changed);
    for (const stream of this.#streams) stream.write(`data: ${JSON.stringify(this.overview)}\n\n`);
  }

  breakStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    const method = incoming.method ?? 'GET';
    if (!path.startsWith('/api/')) return this.#file(path === '/' ? '/index.html' : path, answer);
    if (path === '/api/events') return this.#stream(answer);
    if (method !== 'GET') {
      let text = '';
      for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk);
      this.received.push({ method, path, body: text === '' ? null : (JSON.parse(text) as unknown) });
      const { refusal } = this;
      this.refusal = null;
      if (refusal !== null) return json(answer, refusal.status, amsError.parse(refusal.error));
      this.onChange(path);
    }
    const wantsOverview = /^\/api\/(?:overview|remoteconnect|connections\/)/.test(path);
    return json(answer, 200, wantsOverview ? overview.parse(this.overview) : access.parse(this.access));
  }

  #stream(answer: ServerResponse): void {
    answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    answer.write(`retry: 100\ndata: ${JSON.stringify(overview.parse(this.overview))}\n\n`);
    this.#streams.add(answer);
    answer.on('close', () => this.#streams.delete(answer));
  }

  async #file(path: string, answer: ServerResponse): Promise<void> {
    const content = await readFile(join(this.#folder, path)).catch(() => null);
    if (content === null) return void answer.writeHead(404).end();
    answer.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    });
    answer.end(content);
  }
}

function json(answer: ServerResponse, status: number, body: unknown): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
