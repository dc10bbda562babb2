import { readIfPresent, writeDurably } from '../durable-file.ts';
import { ServiceError, type ServiceErrorCode } from '../errors.ts';
import type { ServiceLog } from './log.ts';

export interface KeyFile<Pair> {
  readonly path: string;
  /** For the log: `a WireGuard key`. */
  readonly name: string;
  readonly invalid: ServiceErrorCode;
  /** A new secret, in one line. */
  readonly generate: () => string;
  /** @throws when it is none */
  readonly pairOf: (secret: string) => Pair;
  readonly log: ServiceLog;
}

/**
 * A key of this gateway's own, in a file that only its owner reads: made where there is none.
 * @throws ServiceError `invalid` when the file holds something else: a new key in its place would go unnoticed
 */
export async function loadKeyFile<Pair>({ path, name, invalid, generate, pairOf, log }: KeyFile<Pair>): Promise<Pair> {
  const stored = (await readIfPresent(path))?.trim();
  if (stored === undefined) {
    const secret = generate();
    await writeDurably(path, `${secret}\n`);
    log.info({}, `${name} was made, because there was none`);
    return pairOf(secret);
  }
  try {
    return pairOf(stored);
  } catch {
    // The cause could quote what the file holds.
    throw new ServiceError(invalid, path);
  }
}
