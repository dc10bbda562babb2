/**
 * The gateway as a container for the tests: the image's own definition without what only a disk needs, and beside it
 * what we put in, so that a changed program costs no new tree.
 */
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { withBuildTools } from './builder/build-tools.ts';
import { getContainerTree } from './builder/container-tree.ts';
import { makePayload } from './builder/payload.ts';
import { buildDirectory } from './paths.ts';
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
  await withBuildTools({ log, signal }, async (tools) => {
    const tree = await getContainerTree({ ...tools, extraPackages, log, signal });
    await makePayload({ ...tools, tree: CONTAINER_PARTS.payload, log, signal });
    // The users of the units read it, whatever the umask of this checkout is.
    await runCommand('chmod', ['--recursive', 'u+w,a+rX', CONTAINER_PARTS.payload]);
    await rm(CONTAINER_PARTS.tree, { force: true });
    await symlink(tree, CONTAINER_PARTS.tree);
  });
}
