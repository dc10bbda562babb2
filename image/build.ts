/**
 * Builds the gateway's image: `node image/build.ts [--refresh] [--payload FOLDER]`
 *
 *     --refresh          fetch Debian's packages anew, even where the cache has everything
 *     --payload FOLDER   take finished programs from FOLDER (see makePayload) instead of building them
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getDiskImage, publishImage } from './builder/disk-image.ts';
import { withLock } from './builder/lock.ts';
import { getMkosi } from './builder/mkosi.ts';
import { makePayload, productVersion } from './builder/payload.ts';
import { checkPreconditions } from './builder/preconditions.ts';
import { makeSandboxTree } from './builder/sandbox-tree.ts';
import { checkSecurityScores } from './builder/security-scores.ts';
import { getToolsTree } from './builder/tools-tree.ts';
import { tell } from './errors.ts';
import { cacheDirectory, payloadDirectory } from './paths.ts';
import { type Log, logToStandardOutput } from './progress.ts';

export interface BuildImageOptions {
  log: Log;
  signal?: AbortSignal | undefined;
  /** A folder with finished programs that take the place of ours, for trying the machine itself. */
  payload?: string | undefined;
  refresh?: boolean | undefined;
}

/**
 * Gives the image of the checked-out tree: from the cache in seconds, or built in minutes.
 * @returns the raw disk image, which is never to be written to, and the product's version
 * @throws ImageError
 */
export async function buildImage(options: BuildImageOptions): Promise<{ image: string; version: string }> {
  const { log, signal, payload: replacement, refresh = false } = options;
  const cache = cacheDirectory();
  await checkPreconditions(cache);
  return withLock(join(cache, 'lock'), log, signal, async () => {
    for (const folder of ['packages', 'work']) await mkdir(join(cache, folder), { recursive: true });
    const version = await productVersion();
    const sandboxTree = await makeSandboxTree(join(cache, 'sandbox'), signal);
    const mkosi = await getMkosi({ cache, sandboxTree, log, signal });
    const toolsTree = await getToolsTree({ mkosi, cache, sandboxTree, log, refresh, signal });
    await checkSecurityScores({ root: join(import.meta.dirname, 'mkosi/mkosi.extra'), toolsTree, log, signal });
    await makePayload({ tree: payloadDirectory, cache, version, replacement, log, signal });
    const image = await getDiskImage({
      ...{ mkosi, cache, sandboxTree, toolsTree, payload: payloadDirectory, version, refresh, log, signal },
    });
    await publishImage(image, version);
    return { image, version };
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { refresh: { type: 'boolean' }, payload: { type: 'string' } } });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const { image } = await buildImage({ ...values, log: logToStandardOutput, signal: stop.signal });
  logToStandardOutput(`finished: ${image}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = tell(error);
  }
}
