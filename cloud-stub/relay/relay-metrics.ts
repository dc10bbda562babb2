/**
 * What a relay tells its operator, in Prometheus' text format. What happens with every frame is counted in plain numbers,
 * and made a metric only when someone asks.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueObserver } from './forward-queue.ts';

/** `no-route`: the channel leads nowhere, or its other end is gone. */
export type DropReason =
  | 'no-route'
  | 'connection-rate'
  | 'signal-rate'
  | 'token-rate'
  | 'address-rate'
  | 'queue-time'
  | 'queue-bytes';

/** Read whenever someone asks. */
export interface RelayGauges {
  connections(): number;
  sessions(): number;
}

const PREFIX = 'remoteconnect_relay';
const QUEUE_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05];

export class RelayMetrics implements QueueObserver {
  readonly #registry = new Registry();
  readonly #dropped: Counter<'reason'>;
  readonly #refused: Counter<'code'>;
  readonly #queueTime: Histogram;
  #frames = 0;
  #packets = 0;
  #bytes = 0;

  constructor(gauges: RelayGauges) {
    this.#gauge('connections', 'Connections of ends.', () => gauges.connections());
    this.#gauge('sessions', 'Sessions with at least one end.', () => gauges.sessions());
    this.#total('forwarded_frames_total', 'Frames handed on.', () => this.#frames);
    this.#total('forwarded_packets_total', 'Packets in these frames.', () => this.#packets);
    this.#total('forwarded_bytes_total', 'Bytes of these frames.', () => this.#bytes);
    const registers = [this.#registry];
    this.#dropped = new Counter({
      ...{ name: `${PREFIX}_dropped_frames_total`, help: 'Frames dropped, by reason.' },
      ...{ labelNames: ['reason'], registers },
    });
    this.#refused = new Counter({
      ...{ name: `${PREFIX}_refused_total`, help: 'Tokens refused and connections closed by the relay, by code.' },
      ...{ labelNames: ['code'], registers },
    });
    this.#queueTime = new Histogram({
      ...{ name: `${PREFIX}_queue_seconds`, help: 'How long frames waited that could not be sent at once.' },
      ...{ buckets: QUEUE_SECONDS, registers },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as Prometheus reads them. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  forwarded(packets: number, bytes: number): void {
    this.#frames += 1;
    this.#packets += packets;
    this.#bytes += bytes;
  }

  dropped(reason: DropReason): void {
    this.#dropped.inc({ reason });
  }

  /** `code`: of a refused token, or the WebSocket's close code. */
  refused(code: string): void {
    this.#refused.inc({ code });
  }

  waited(milliseconds: number): void {
    this.#queueTime.observe(milliseconds / 1000);
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `${PREFIX}_${name}`,
      help,
      registers: [],
      collect: () => gauge.set(read()),
    });
    this.#registry.registerMetric(gauge);
  }

  #total(name: string, help: string, read: () => number): void {
    const counter: Counter = new Counter({
      ...{ name: `${PREFIX}_${name}`, help, registers: [] },
      collect: () => {
        counter.reset();
        counter.inc(read());
      },
    });
    this.#registry.registerMetric(counter);
  }
}
