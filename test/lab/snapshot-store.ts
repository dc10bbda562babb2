/**
 * Kept snapshots of booted gateways: `~/.cache/edgegateway/snapshots/KEY`, each a folder that appears when it is whole.
 *
 * A gateway makes its keys at its first boot, and each one that goes on from a snapshot has those of the first: the same device key,
 * certificate and one-time code. So a snapshot serves the laboratory of one user alone, where each of several gateways has its own,
 * and never a gateway that anything real trusts.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '@edgegateway/image/builder/lock';

/** Going back and forth between two states of the tree, with two gateways each, costs nothing. */
const KEPT = 4;
const FINISHED = /^[0-9a-f]{16}$/;

/** @param parts everything that the booted machine depends on */
export function snapshotKey(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} ${part}\0`);
  return hash.digest('hex').slice(0, 16);
}

export class SnapshotStore {
  readonly #folder: string;
  readonly #waits: () => void;

  /** @param waits called when another laboratory makes a snapshot, which takes minutes */
  constructor(folder: string, waits: () => void) {
    this.#folder = folder;
    this.#waits = waits;
  }

  /**
   * Gives the folder of a snapshot to `use`, while nobody else makes or removes one.
   * @param make fills the folder that it is given; called where there is no such snapshot yet
   */
  async with<T>(key: string, make: (folder: string) => Promise<void>, use: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return this.#whileAlone(async () => {
      if (!(await this.#names()).includes(key)) {
        const unfinished = join(this.#folder, 'unfinished');
        await rm(unfinished, { recursive: true, force: true });
        await mkdir(unfinished);
        await make(unfinished);
        await rename(unfinished, join(this.#folder, key));
        await this.#removeOld();
      }
      return use(join(this.#folder, key));
    });
  }

  async remove(key: string): Promise<void> {
    await this.#whileAlone(() => rm(join(this.#folder, key), { recursive: true, force: true }));
  }

  #whileAlone<T>(work: () => Promise<T>): Promise<T> {
    return withLock(join(this.#folder, 'lock'), this.#waits, undefined, work);
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => FINISHED.test(name));
  }

  async #removeOld(): Promise<void> {
    const found = await Promise.all(
      (await this.#names()).map(async (name) => ({ name, at: (await stat(join(this.#folder, name))).mtimeMs })),
    );
    const excess = found.sort((one, other) => other.at - one.at).slice(KEPT);
    for (const { name } of excess) await rm(join(this.#folder, name), { recursive: true, force: true });
  }
}
