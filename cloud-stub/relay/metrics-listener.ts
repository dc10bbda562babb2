/** Serves a program's metrics to a Prometheus on the same computer: plain HTTP, `GET /metrics`. */
import { createServer, type Server } from 'node:http';
import { listen } from '../listen.ts';

export interface ServedMetrics {
  readonly contentType: string;
  text(): Promise<string>;
}

const METRICS_PATH = '/metrics';
const REQUEST_TIMEOUT = 10_000;

export interface MetricsListenerOptions {
  readonly address: string;
  /** 0: any free one */
  readonly port: number;
  /** Whose they are, for an error: "The relay's metrics" unless given. */
  readonly what?: string;
}

export class MetricsListener {
  readonly port: number;
  readonly #server: Server;

  /** @throws ListenError */
  static async start(
    metrics: ServedMetrics,
    { address, port, what = "The relay's metrics" }: MetricsListenerOptions,
  ): Promise<MetricsListener> {
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
      if (request.method !== 'GET' || request.url !== METRICS_PATH) {
        response.writeHead(404).end();
        return;
      }
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    return new MetricsListener(server, await listen(server, what, address, port));
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
