import { homedir } from 'node:os';
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '..');

/** Everything a build may throw away; ignored by git. */
export const buildDirectory = join(repository, 'build');

/** What `npm run image` makes for others; ignored by git. */
export const deliveryDirectory = join(repository, 'dist/image');

/** What the image's /usr/lib/edgegateway gets on top of the definition: bundles, web interface, Node. */
export const payloadDirectory = join(buildDirectory, 'image/payload');

/** Survives a fresh clone: tools tree, Debian packages, increments, finished images. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'edgegateway');
}
