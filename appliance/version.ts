import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Put in when the program is bundled (esbuild `--define`); absent when it runs from source. */
declare const EDGEGATEWAY_VERSION: string | undefined;

/** The version of the product, for example `1.4.0`. */
export const VERSION: string = typeof EDGEGATEWAY_VERSION === 'string' ? EDGEGATEWAY_VERSION : versionOfSource();

/** `unknown` in a bundle that was made without it: no reason for a gateway not to come up. */
function versionOfSource(): string {
  const path = join(import.meta.dirname, '../package.json');
  if (!existsSync(path)) return 'unknown';
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version;
}
