/**
 * The client's audit events of one run, numbered without gaps and kept until the cloud has stored them.
 * They live in memory: a client that dies has no token to deliver them with, and the gateway tells the same tunnel.
 */
import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditEventBatch, AuditEventDetail } from '@edgegateway/protocol/audit-event';

const BATCH_LIMIT = 100;

export class EventLog {
  readonly #log = randomUUID();
  readonly #now: () => number;
  #nextSequence = 1;
  #unacknowledged: AuditEvent[] = [];
  /** The last one given out since the channel was opened. */
  #offered = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  append(detail: AuditEventDetail): void {
    const at = new Date(this.#now()).toISOString();
    this.#unacknowledged.push({ log: this.#log, sequence: this.#nextSequence, at, detail });
    this.#nextSequence += 1;
  }

  /** The next events to send, in order; null when there is nothing new. */
  nextBatch(): AuditEventBatch | null {
    const events = this.#unacknowledged.filter((event) => event.sequence > this.#offered).slice(0, BATCH_LIMIT);
    const last = events.at(-1);
    if (last === undefined) return null;
    this.#offered = last.sequence;
    return { events };
  }

  /** A new channel: whatever is not acknowledged is to be sent again. The receiver knows what it has. */
  offerAgain(): void {
    this.#offered = 0;
  }

  acknowledge(log: string, sequence: number): void {
    if (log !== this.#log) return;
    this.#unacknowledged = this.#unacknowledged.filter((event) => event.sequence > sequence);
  }

  get pending(): number {
    return this.#unacknowledged.length;
  }
}
