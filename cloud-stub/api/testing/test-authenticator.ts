import { Secret, TOTP } from 'otpauth';

export const STEP_MILLISECONDS = 30_000;

/** Shows each code once, as a patient user does. */
export class TestAuthenticator {
  readonly #totp: TOTP;
  #shown = 0;

  constructor(secret: string) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(secret) });
  }

  /** Whether a code is left that the cloud takes now: it takes the next one too. */
  hasNext(now: Date): boolean {
    return this.#shown <= this.#step(now);
  }

  next(now: Date): string {
    this.#shown = Math.max(this.#step(now), this.#shown + 1);
    return this.at(this.#shown);
  }

  at(step: number): string {
    return this.#totp.generate({ timestamp: step * STEP_MILLISECONDS });
  }

  #step(now: Date): number {
    return Math.floor(now.getTime() / STEP_MILLISECONDS);
  }
}
