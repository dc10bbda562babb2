/**
 * Builds the gateway's image and what is delivered with it: `node image/build.ts [--refresh] [--payload FOLDER]`
 *
 *     --refresh          fetch Debian's packages anew, even where the cache has everything
 *     --payload FOLDER   take finished programs from FOLDER (see makePayload) instead of building them
 */
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, type BuildTools, withBuildTools } from './builder/build-tools.ts';
import { getDiskImage } from './builder/disk-image.ts';
import { makePayload, type Payload } from './builder/payload.ts';
import { checkSecurityScores } from './builder/security-scores.ts';
import { tell } from './errors.ts';
import { deliveryDirectory, payloadDirectory } from './paths.ts';
import { logToStandardOutput } from './progress.ts';
import { publish } from './release/publish.ts';
import { makeRelease } from './release/release.ts';

export interface BuildImageOptions extends BuildOptions {
  /** A folder with finished programs that take the place of ours, for trying the machine itself. */
  payload?: string | undefined;
}

/**
 * Gives the image of the checked-out tree, and QEMU to start it: from the cache in seconds, or built in minutes.
 * @returns the raw disk image, which is never to be written to, and the product's version
 * @throws ImageError
 */
export async function buildImage(options: BuildImageOptions): Promise<{ image: string; version: string }> {
  return withBuildTools(options, async (tools) => {
    await tools.makeQemuTree();
    const { image } = await makeImage(tools, options);
    return { image, version: tools.version };
  });
}

/** QEMU alone, for an image that is there already. @throws ImageError */
export async function buildQemu(options: BuildOptions): Promise<void> {
  await withBuildTools(options, (tools) => tools.makeQemuTree());
}

async function makeImage(tools: BuildTools, options: BuildImageOptions): Promise<{ image: string; contents: Payload }> {
  const { log, signal, payload: replacement, refresh = false } = options;
  const { toolsTree } = tools;
  await checkSecurityScores({ root: join(import.meta.dirname, 'mkosi/mkosi.extra'), toolsTree, log, signal });
  const contents = await makePayload({ ...tools, tree: payloadDirectory, replacement, log, signal });
  const image = await getDiskImage({ ...tools, payload: payloadDirectory, contents, refresh, log, signal });
  return { image, contents };
}

/**
 * Puts the image and all that is delivered with it into `target`.
 * @returns what has been built, as of buildImage, and the names of the files in `target`
 * @throws ImageError
 */
export async function deliverImage(
  options: BuildImageOptions,
  target: string,
): Promise<{ image: string; version: string; files: readonly string[] }> {
  const { log, signal } = options;
  return withBuildTools(options, async (tools) => {
    const { image, contents } = await makeImage(tools, options);
    const folder = dirname(image);
    const release = { folder, name: basename(image, '.raw'), version: tools.version, contents, log, signal };
    const files = await makeRelease(release);
    await publish(folder, files, target);
    return { image, version: tools.version, files };
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { refresh: { type: 'boolean' }, payload: { type: 'string' } } });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await deliverImage({ ...values, log: logToStandardOutput, signal: stop.signal }, deliveryDirectory);
  logToStandardOutput(`finished: ${deliveryDirectory}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = tell(error);
  }
}
