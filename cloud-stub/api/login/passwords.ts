/**
 * Passwords: argon2id with the library's defaults (19 MiB, two passes: OWASP's first choice), one computation at a time so
 * that a flood of logins costs neither memory nor every core.
 */
import { passwordText } from '@edgegateway/protocol/password-text';
import { hash, verify } from '@node-rs/argon2';
import { Problem } from '../errors.ts';

const WAITING_LIMIT = 50;

export class Passwords {
  /** Verified where there is no user, so that both answers take the same time. */
  readonly #nobody: string;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  private constructor(nobody: string) {
    this.#nobody = nobody;
  }

  static async create(): Promise<Passwords> {
    return new Passwords(await hash(crypto.randomUUID()));
  }

  /** @throws Problem too-many-attempts */
  hash(password: string): Promise<string> {
    return this.#oneAtATime(() => hash(passwordText(password)));
  }

  /**
   * @param stored null where there is no such user
   * @throws Problem too-many-attempts
   */
  async matches(stored: string | null, password: string): Promise<boolean> {
    const matches = await this.#oneAtATime(() => verify(stored ?? this.#nobody, passwordText(password)));
    return matches && stored !== null;
  }

  async #oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= WAITING_LIMIT) throw new Problem('too-many-attempts', { retryAfter: 5 });
    this.#waiting += 1;
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#waiting -= 1;
    }
  }
}
