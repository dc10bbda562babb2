/**
 * What a process of the cloud tells its operator, in Prometheus' text format. What the store knows is asked when someone
 * looks; it is the same at every process of the cloud.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../store/store.ts';
import type { App } from './routes/parts.ts';

const PREFIX = 'remoteconnect_cloud_';
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Of this process, read whenever someone asks. */
export interface ProcessGauges {
  clients(): number;
  leads(): boolean;
}

export class CloudMetrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #failures: Counter;

  constructor(store: Store, gauges: ProcessGauges) {
    const registers = [this.#registry];
    this.#requests = new Histogram({
      ...{ name: `${PREFIX}request_seconds`, help: 'How long requests took, by route and status.' },
      ...{ labelNames: ['method', 'route', 'status'], buckets: REQUEST_SECONDS, registers },
    });
    this.#failures = new Counter({
      ...{ name: `${PREFIX}failed_requests_total`, help: 'Requests answered with 500 or more.', registers },
    });
    this.#gauge('clients', 'Event channels of clients at this process.', async () => gauges.clients());
    this.#gauge('leads', '1 where this process runs the hub.', async () => (gauges.leads() ? 1 : 0));
    this.#gauge('gateways', 'Gateways in the cloud.', () => countOf(store, 'gateways'));
    this.#gauge('connected_gateways', 'Gateways connected to the hub.', () => countOf(store, 'hub_connections'));
    this.#gauge('waiting_gateways', 'Gateways that the hub has yet to be told about.', () =>
      countOf(store, 'hub_work'),
    );
    this.#gauge('running_sessions', 'Sessions that are started.', async () => {
      const { rows } = await store.read
        .selectFrom('session_runs')
        .select((select) => select.fn.countAll<number>().as('rows'))
        .where('ended_at', 'is', null)
        .executeTakeFirstOrThrow();
      return rows;
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as Prometheus reads them. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Memory, processor time and event loop too. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX });
  }

  /** To be called before the routes are registered. */
  watchRequests(app: App): void {
    app.addHook('onResponse', (request, reply, done) => {
      const { method } = request;
      // Never the address: it may be anything, and each would be a series of its own.
      const route = request.routeOptions.url ?? 'none';
      this.#requests.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
      if (reply.statusCode >= 500) this.#failures.inc();
      done();
    });
  }

  #gauge(name: string, help: string, read: () => Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers: [],
      collect: async () => gauge.set(await read()),
    });
    this.#registry.registerMetric(gauge);
  }
}

async function countOf(store: Store, table: 'gateways' | 'hub_connections' | 'hub_work'): Promise<number> {
  const { rows } = await store.read
    .selectFrom(table)
    .select((select) => select.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  return rows;
}
