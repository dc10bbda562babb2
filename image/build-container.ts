/**
 * The gateway as a container for the tests: the image's own definition without what only a disk needs, and beside it
 * what we put in, so that a changed program costs no new tree.
 */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { getContainerTree } from './builder/container-tree.ts';
import { withLock } from './builder/lock.ts';
import { getMkosi } from './builder/mkosi.ts';
import { makePayload, productVersion } from './builder/payload.ts';
import { checkPreconditions } from './builder/preconditions.ts';
import { makeSandboxTree } from './builder/sandbox-tree.ts';
import { getToolsTree } from './builder/tools-tree.ts';
import { buildDirectory, cacheDirectory } from './paths.ts';
import type { Log } from './progress.ts';
import { runCommand } from './run-command.ts';

/** Where a build leaves them, for whoever boots them later. */
export const CONTAINER_PARTS = {
  /** A whole Debian system, in the cache: other clones use it too, and it is never to be written to. */
  tree: join(buildDirectory, 'container/tree'),
  /** What lies over it: our programs. */
  payload: join(buildDirectory, 'container/payload'),
} as const;

/**
 * Builds CONTAINER_PARTS: the tree where the cache has none of this definition, the payload always.
 * @param extraPackages what the tests need in the tree and the image does not have
 * @throws ImageError
 */
export async function buildContainer(options: {
  extraPackages: readonly string[];
  log: Log;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { extraPackages, log, signal } = options;
  const cache = cacheDirectory();
  await checkPreconditions(cache);
  await withLock(join(cache, 'lock'), log, signal, async () => {
    for (const folder of ['packages', 'work']) await mkdir(join(cache, folder), { recursive: true });
    const version = await productVersion();
    const sandboxTree = await makeSandboxTree(join(cache, 'sandbox'), signal);
    const mkosi = await getMkosi({ cache, sandboxTree, log, signal });
    const toolsTree = await getToolsTree({ mkosi, cache, sandboxTree, log, refresh: false, signal });
    const tree = await getContainerTree({ mkosi, cache, sandboxTree, toolsTree, version, extraPackages, log, signal });
    await makePayload({ tree: CONTAINER_PARTS.payload, cache, version, log, signal });
    // The users of the units read it, whatever the umask of this checkout is.
    await runCommand('chmod', ['--recursive', 'u+w,a+rX', CONTAINER_PARTS.payload]);
    await rm(CONTAINER_PARTS.tree, { force: true });
    await symlink(tree, CONTAINER_PARTS.tree);
  });
}
