/**
 * Slows guessing down: a delay for the address that failed, and a shorter one for everybody once failures come from many
 * addresses. Each is capped and forgotten after a while: nobody is locked out for good, whatever others do.
 */
import { networkOf } from '@edgegateway/protocol/address-network';
import type { Now } from '../timing.ts';

const ADDRESS = { free: 3, firstMilliseconds: 1000, capMilliseconds: 60_000 } as const;
/** Capped low: somebody in the plant's network must not keep its staff out. */
const EVERYBODY = { free: 10, firstMilliseconds: 500, capMilliseconds: 10_000 } as const;
const FORGOTTEN_AFTER_MILLISECONDS = 15 * 60_000;
const MAXIMUM_ADDRESSES = 1000;

interface Failures {
  readonly count: number;
  readonly last: number;
  readonly blockedUntil: number;
}

const NONE: Failures = { count: 0, last: Number.NEGATIVE_INFINITY, blockedUntil: Number.NEGATIVE_INFINITY };

export class Throttle {
  readonly #now: Now;
  readonly #addresses = new Map<string, Failures>();
  #everybody = NONE;

  /** @param now a clock that only runs forward */
  constructor(now: Now) {
    this.#now = now;
  }

  /**
   * An attempt counts as failed from its start, so that parallel ones are slowed down too.
   * @returns milliseconds to wait, the attempt then being refused without counting; 0: go on
   */
  begin(address: string): number {
    const now = this.#now();
    const key = networkOf(address);
    const own = current(this.#addresses.get(key), now);
    const everybody = current(this.#everybody, now);
    const wait = Math.max(own.blockedUntil, everybody.blockedUntil) - now;
    if (wait > 0) return wait;
    this.#addresses.delete(key);
    this.#addresses.set(key, failedOnceMore(own, now, ADDRESS));
    this.#everybody = failedOnceMore(everybody, now, EVERYBODY);
    const oldest = this.#addresses.keys().next();
    if (this.#addresses.size > MAXIMUM_ADDRESSES && oldest.done !== true) this.#addresses.delete(oldest.value);
    return 0;
  }

  /** The attempt was right: its address starts afresh, and it never counted for everybody. */
  succeeded(address: string): void {
    this.#addresses.delete(networkOf(address));
    const { count, last } = this.#everybody;
    this.#everybody = { count: Math.max(0, count - 1), last, blockedUntil: NONE.blockedUntil };
  }
}

function current(failures: Failures | undefined, now: number): Failures {
  return failures !== undefined && now - failures.last < FORGOTTEN_AFTER_MILLISECONDS ? failures : NONE;
}

function failedOnceMore(before: Failures, now: number, rule: typeof ADDRESS | typeof EVERYBODY): Failures {
  const count = before.count + 1;
  const beyond = count - rule.free;
  const delay = beyond < 0 ? 0 : Math.min(rule.firstMilliseconds * 2 ** Math.min(beyond, 20), rule.capMilliseconds);
  return { count, last: now, blockedUntil: now + delay };
}
