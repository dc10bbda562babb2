/**
 * Finds the addresses of host names, and knows the last one of each that worked: while a computer moves from one network
 * to another, its name servers may be gone when the hosts are not.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { callbackify } from 'node:util';

/** Milliseconds that a name server has while an address is known. */
const PATIENCE = 300;

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

function askSystem(host: string): Promise<readonly LookupAddress[]> {
  return lookup(host, { all: true });
}

export class HostAddresses {
  readonly #resolve: Resolve;
  readonly #lastGood = new Map<string, LookupAddress>();

  constructor(resolve: Resolve = askSystem) {
    this.#resolve = resolve;
  }

  /** A connection to this host at this address has worked. */
  remember(host: string, address: string): void {
    this.#lastGood.set(host, { address, family: isIPv6(address) ? 6 : 4 });
  }

  /** For net.connect(). Fails as the system does when it knows no address and none is remembered. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    callbackify(() => this.#find(host))((error, found) => {
      if (error !== null) callback(error, '', 0);
      else if (options.all === true) callback(null, [...found]);
      else callback(null, found[0]?.address ?? '', found[0]?.family);
    });
  };

  async #find(host: string): Promise<readonly LookupAddress[]> {
    const lastGood = this.#lastGood.get(host);
    if (lastGood === undefined) return this.#resolve(host);
    const patience = new AbortController();
    try {
      return await Promise.race([this.#resolve(host), delay(PATIENCE, [lastGood], { signal: patience.signal })]);
    } catch {
      return [lastGood];
    } finally {
      patience.abort();
    }
  }
}
