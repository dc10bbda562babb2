import { z } from 'zod';
import { readIfPresent, writeAtomically } from '../files/atomic-file.ts';

const passwordFile = z.strictObject({ hash: z.string().regex(/^\$argon2id\$[\x21-\x7e]{20,400}$/) });

/** The password's hash on disk; readable by the AMS alone. */
export class PasswordFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Null while no password has been set.
   * @throws Error when the file cannot be used: it must not turn into "no password set"
   */
  async read(): Promise<string | null> {
    const text = await readIfPresent(this.#path);
    if (text === null) return null;
    try {
      return passwordFile.parse(JSON.parse(text)).hash;
    } catch (cause) {
      throw new Error('The password file is damaged. Remove it at the gateway and set a new password.', { cause });
    }
  }

  async write(hash: string): Promise<void> {
    await writeAtomically(this.#path, `${JSON.stringify({ hash })}\n`, 0o600);
  }
}
