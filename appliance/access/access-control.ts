/** Who may come in: first password by one-time code, login, change of password. */
import { AmsFailure } from '../errors.ts';
import type { Now } from '../timing.ts';
import { isOneTimeCode, newOneTimeCode } from './one-time-code.ts';
import type { PasswordFile } from './password-file.ts';
import type { PasswordHasher } from './password-hash.ts';
import { Throttle } from './throttle.ts';

export interface AccessOptions {
  readonly file: PasswordFile;
  readonly hasher: PasswordHasher;
  /** A clock that only runs forward. */
  readonly monotonic: Now;
  /** Told whenever the code that the console shows has changed. */
  readonly onOneTimeCode: (code: string | null) => Promise<void>;
}

export class AccessControl {
  readonly #options: AccessOptions;
  readonly #passwordThrottle: Throttle;
  readonly #codeThrottle: Throttle;
  #hash: string | null;
  #oneTimeCode: string | null;

  private constructor(options: AccessOptions, hash: string | null) {
    this.#options = options;
    this.#passwordThrottle = new Throttle(options.monotonic);
    this.#codeThrottle = new Throttle(options.monotonic);
    this.#hash = hash;
    this.#oneTimeCode = hash === null ? newOneTimeCode() : null;
  }

  /** @throws Error when the password file is damaged */
  static async open(options: AccessOptions): Promise<AccessControl> {
    const access = new AccessControl(options, await options.file.read());
    await options.onOneTimeCode(access.#oneTimeCode);
    return access;
  }

  get passwordSet(): boolean {
    return this.#hash !== null;
  }

  /** Null once a password has been set. */
  get oneTimeCode(): string | null {
    return this.#oneTimeCode;
  }

  /** @throws AmsFailure 'password-already-set' | 'too-many-attempts' | 'one-time-code-wrong' */
  async setFirstPassword(address: string, code: string, password: string): Promise<void> {
    if (this.#oneTimeCode === null) throw new AmsFailure('password-already-set');
    admit(this.#codeThrottle, address);
    if (!isOneTimeCode(code, this.#oneTimeCode)) throw new AmsFailure('one-time-code-wrong');
    this.#codeThrottle.succeeded(address);
    const shown = this.#oneTimeCode;
    // Taken back at once: of two requests with the right code only one sets the password.
    this.#oneTimeCode = null;
    try {
      const hash = await this.#options.hasher.hash(password);
      await this.#options.file.write(hash);
      this.#hash = hash;
    } catch (error) {
      this.#oneTimeCode = shown;
      throw error;
    }
    await this.#options.onOneTimeCode(null);
  }

  /** @throws AmsFailure 'password-not-set' | 'too-many-attempts' | 'password-wrong' */
  async checkPassword(address: string, password: string): Promise<void> {
    const hash = this.#hash;
    if (hash === null) throw new AmsFailure('password-not-set');
    admit(this.#passwordThrottle, address);
    if (!(await this.#options.hasher.verify(hash, password))) throw new AmsFailure('password-wrong');
    this.#passwordThrottle.succeeded(address);
  }

  /** @throws AmsFailure as checkPassword */
  async changePassword(address: string, presentPassword: string, newPassword: string): Promise<void> {
    await this.checkPassword(address, presentPassword);
    const hash = await this.#options.hasher.hash(newPassword);
    await this.#options.file.write(hash);
    this.#hash = hash;
  }
}

function admit(throttle: Throttle, address: string): void {
  const wait = throttle.begin(address);
  if (wait > 0) throw new AmsFailure('too-many-attempts', { retryAfterSeconds: Math.ceil(wait / 1000) });
}
