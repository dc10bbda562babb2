import { passwordText } from '@edgegateway/protocol/password-text';
import { hash, verify } from '@node-rs/argon2';

/** argon2id (RFC 9106), 19 MiB, two passes. The package takes argon2id where no algorithm is named. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** One at a time: parallel logins cannot take the gateway's memory. */
export class PasswordHasher {
  #last: Promise<unknown> = Promise.resolve();

  /** PHC string. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(passwordText(password), PARAMETERS));
  }

  verify(hashed: string, password: string): Promise<boolean> {
    return this.#inTurn(() => verify(hashed, passwordText(password)));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
