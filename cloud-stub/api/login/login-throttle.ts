/**
 * Slows down guessing. Each key has some failures free; then every further one doubles the wait. Failures are forgotten one
 * by one with time. The state is in the store: processes beside each other count together, a restart forgets nothing.
 *
 * Nobody can lock another out: what counts strictly is an account together with an address, and a browser that has
 * logged in to the account before (OWASP, "Slow down online guessing attacks with device cookies") counts by itself
 * alone. Looser limits hold for an address, and for an account from all unknown browsers together.
 */
import { networkOf } from '@edgegateway/protocol/address-network';
import type { Selectable } from 'kysely';
import type { LoginFailureTable } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { Problem } from '../errors.ts';
import { hashSecret } from '../secrets.ts';

const MINUTE = 60_000;
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 15 * MINUTE;
/** By then every key has forgotten all. */
const KEPT = 24 * 60 * MINUTE;
const CLEARED_AT_ONCE = 100;

export interface ThrottleKey {
  readonly name: string;
  /** Failures without a wait. */
  readonly free: number;
  /** Milliseconds in which one failure is forgotten. */
  readonly forgets: number;
  /** A success takes its own attempt back instead of all: an attacker may have an account too. */
  readonly isShared: boolean;
}

/** @param device the id of a known browser of this account, or null */
export function passwordKeys(email: string, address: string, device: string | null): ThrottleKey[] {
  const account = email.toLowerCase();
  if (device !== null) return [{ name: `device ${device}`, free: 5, forgets: 15 * MINUTE, isShared: false }];
  const network = networkOf(address);
  return [
    { name: `account ${account} from ${network}`, free: 5, forgets: 15 * MINUTE, isShared: false },
    { name: `account ${account}`, free: 100, forgets: MINUTE, isShared: false },
    ...addressKeys(address),
  ];
}

/** Of a code whose password was right: only who knows that can use these up. */
export function codeKeys(userId: string, address: string, device: string | null): ThrottleKey[] {
  if (device !== null) return [{ name: `code from device ${device}`, free: 5, forgets: 60 * MINUTE, isShared: false }];
  return [
    { name: `code ${userId} from ${networkOf(address)}`, free: 5, forgets: 60 * MINUTE, isShared: false },
    { name: `code ${userId}`, free: 10, forgets: 60 * MINUTE, isShared: false },
  ];
}

/** What an address may try together: invitations and single sign-on. */
export function addressKeys(address: string): ThrottleKey[] {
  return [{ name: `address ${networkOf(address)}`, free: 50, forgets: MINUTE / 2, isShared: true }];
}

type Failures = Pick<Selectable<LoginFailureTable>, 'failures' | 'last_at' | 'wait'>;

/** What stands after one more failure, or how long it has to wait. Pure. */
export function afterAttempt(
  before: Failures | null,
  { free, forgets }: Pick<ThrottleKey, 'free' | 'forgets'>,
  now: number,
): { readonly wait: number } | { readonly next: Failures } {
  const lastAt = before === null ? now : Date.parse(before.last_at);
  // Never longer than the wait itself, though the clock was set back.
  const left = before === null ? 0 : Math.min(lastAt + before.wait - now, before.wait);
  if (left > 0) return { wait: left };
  const failures = Math.max(0, (before?.failures ?? 0) - Math.max(0, now - lastAt) / forgets) + 1;
  const wait = failures < free ? 0 : Math.min(FIRST_WAIT * 2 ** Math.floor(failures - free), LONGEST_WAIT);
  return { next: { failures, last_at: text(now), wait } };
}

export class LoginThrottle {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Counts an attempt as failed before it is heard, so that many at once, or at several processes, are not one.
   * @throws Problem too-many-attempts
   */
  async attempt(keys: readonly ThrottleKey[]): Promise<void> {
    const now = this.#now().getTime();
    await this.#store.write(async (writer) => {
      // In one order everywhere: each row stays locked until the transaction ends.
      for (const { hash, ...key } of ordered(keys)) {
        const start = { key_hash: hash, failures: 0, last_at: text(now), wait: 0 };
        const before = await writer
          .insertInto('login_failures')
          .values(start)
          .onConflict((conflict) => conflict.column('key_hash').doUpdateSet({ key_hash: hash }))
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = afterAttempt(before, key, now);
        if ('wait' in after) throw new Problem('too-many-attempts', { retryAfter: Math.ceil(after.wait / 1000) });
        await writer.updateTable('login_failures').set(after.next).where('key_hash', '=', hash).execute();
      }
      const old = writer
        .selectFrom('login_failures')
        .select('key_hash')
        .where('last_at', '<', text(now - KEPT))
        .limit(CLEARED_AT_ONCE)
        .forUpdate()
        .skipLocked();
      await writer.deleteFrom('login_failures').where('key_hash', 'in', old).execute();
    });
  }

  async succeeded(keys: readonly ThrottleKey[]): Promise<void> {
    await this.#store.write(async (writer) => {
      for (const { hash, isShared } of ordered(keys)) {
        if (isShared)
          await writer
            .updateTable('login_failures')
            .set((row) => ({ failures: row('failures', '-', 1), wait: 0 }))
            .where('key_hash', '=', hash)
            .execute();
        else await writer.deleteFrom('login_failures').where('key_hash', '=', hash).execute();
      }
    });
  }
}

function ordered(keys: readonly ThrottleKey[]): (ThrottleKey & { readonly hash: string })[] {
  return keys.map((key) => ({ ...key, hash: hashSecret(key.name) })).sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

function text(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
