/** What every build stands on: the lock of the cache, Debian's archive, mkosi and the tree of its programs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../paths.ts';
import type { Log } from '../progress.ts';
import { checkArchive, findDebianArchive } from './debian-archive.ts';
import { removeLeftovers } from './leftovers.ts';
import { withLock } from './lock.ts';
import { getMkosi, type Mkosi } from './mkosi.ts';
import { productVersion } from './payload.ts';
import { checkPreconditions } from './preconditions.ts';
import { getProgramTree, QEMU_TREE, TOOLS_TREE } from './program-tree.ts';
import { makeSandboxTree } from './sandbox-tree.ts';

export interface BuildOptions {
  log: Log;
  signal?: AbortSignal | undefined;
  /** Fetch Debian's packages anew, even where the cache has everything. */
  refresh?: boolean | undefined;
}

export interface BuildTools {
  cache: string;
  version: string;
  sandboxTree: string;
  toolsTree: string;
  /** What an image is started with; nothing is built with it. */
  makeQemuTree: () => Promise<void>;
  mkosi: Mkosi;
  /** To be called before something is fetched. */
  requireArchive: () => Promise<void>;
}

/**
 * Gives `work` the tools while no other build of this machine runs; they are made in minutes, or found in the cache.
 * @throws ImageError
 */
export async function withBuildTools<T>(options: BuildOptions, work: (tools: BuildTools) => Promise<T>): Promise<T> {
  const { log, signal, refresh = false } = options;
  const cache = cacheDirectory();
  await checkPreconditions(cache);
  const waits = (): void => log('waiting for another build of the image');
  return withLock(join(cache, 'build.lock'), waits, signal, async () => {
    await removeLeftovers(cache);
    for (const folder of ['packages', 'work']) await mkdir(join(cache, folder), { recursive: true });
    const version = await productVersion();
    const archive = await findDebianArchive(signal);
    const requireArchive = (): Promise<void> => checkArchive(archive, cache, signal);
    const sandboxTree = await makeSandboxTree(join(cache, 'sandbox'), archive, signal);
    const mkosi = await getMkosi({ cache, sandboxTree, requireArchive, log, signal });
    const treeOptions = { mkosi, cache, sandboxTree, requireArchive, log, refresh, signal };
    const toolsTree = await getProgramTree(TOOLS_TREE, treeOptions);
    const makeQemuTree = async (): Promise<void> => {
      await getProgramTree(QEMU_TREE, treeOptions);
    };
    return work({ cache, version, sandboxTree, toolsTree, makeQemuTree, mkosi, requireArchive });
  });
}
