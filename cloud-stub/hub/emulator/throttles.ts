/**
 * IoT Hub's operation throttles ("IoT Hub quotas and throttling"), for one unit of S1 unless configured. One second's
 * worth is taken at once. Azure bears more for a minute or two; who copes with this copes with that.
 */
import { TokenBucket } from '../../relay/token-bucket.ts';

export interface ThrottleRates {
  /** New connections of devices a second: the higher of 100 and 12 a unit. */
  readonly connects: number;
  /** Device-to-cloud messages a second: the higher of 100 and 12 a unit. */
  readonly messages: number;
  readonly twinReads: number;
  readonly twinUpdates: number;
}

export const S1_RATES: ThrottleRates = { connects: 100, messages: 100, twinReads: 100, twinUpdates: 50 };

export type Operation = keyof ThrottleRates;

/** Messages are slowed down before they are refused ("traffic shaping"): so many seconds' worth may wait. */
const QUEUED_SECONDS = 10;

export class Throttles {
  readonly #buckets: Readonly<Record<Operation, TokenBucket>>;
  readonly #messageRate: number;
  /** When the message that waits longest may go, monotonic milliseconds. */
  #nextMessageAt = 0;

  constructor(rates: ThrottleRates, now: number = performance.now()) {
    const bucket = (perSecond: number) => new TokenBucket({ perSecond, burst: Math.max(perSecond, 1) }, now);
    this.#buckets = {
      connects: bucket(rates.connects),
      messages: bucket(rates.messages),
      twinReads: bucket(rates.twinReads),
      twinUpdates: bucket(rates.twinUpdates),
    };
    this.#messageRate = rates.messages;
  }

  /** False: too many of these by now. */
  allows(operation: Exclude<Operation, 'messages'>, now: number = performance.now()): boolean {
    return this.#buckets[operation].take(now);
  }

  /** Milliseconds until a message may be taken; null: too many are waiting. */
  messageDelay(now: number = performance.now()): number | null {
    if (this.#nextMessageAt <= now && this.#buckets.messages.take(now)) return 0;
    const at = Math.max(this.#nextMessageAt, now) + 1000 / this.#messageRate;
    if (at - now > QUEUED_SECONDS * 1000) return null;
    this.#nextMessageAt = at;
    return at - now;
  }
}
