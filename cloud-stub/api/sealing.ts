/**
 * Encrypts what must not stand in plain in the store or in a cookie: AES-256-GCM (NIST SP 800-38D) under a key that lies in
 * a file of the data directory, apart from the database and its backups. Cloud processes beside each other share the file.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class Sealing {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param file made where it is missing, readable by its owner alone */
  static async open(file: string): Promise<Sealing> {
    const candidate = `${file}.${crypto.randomUUID()}`;
    try {
      await writeFile(candidate, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
      // Never replaces: of two processes that start together, both then read the same key.
      await link(candidate, file).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      });
    } finally {
      await rm(candidate, { force: true });
    }
    const key = Buffer.from(await readFile(file, 'utf8'), 'base64');
    if (key.byteLength !== KEY_BYTES)
      throw new Error(`${file} does not hold a key. Restore it from the backup that belongs to the store.`);
    return new Sealing(key);
  }

  /**
   * @param purpose what it is for and whose it is: it opens for the same purpose only
   * @returns base64url
   */
  seal(purpose: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @returns null for what was not sealed here for this purpose */
  open(purpose: string, sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.byteLength < NONCE_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    }).setAAD(Buffer.from(purpose));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}
