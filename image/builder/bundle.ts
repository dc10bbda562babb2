import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { ImageError } from '../errors.ts';
import { repository } from '../paths.ts';
import { type NpmPackage, npmPackagesOf } from './npm-packages.ts';

/** Native addons cannot be bundled; Node finds them in node_modules beside the bundle. */
export const NATIVE_PACKAGES = ['@node-rs/argon2', '@node-rs/argon2-linux-x64-gnu'];

/**
 * Makes one CommonJS file of each program, `NAME.cjs` in `target`, which needs neither its sources nor node_modules.
 * @param programs entry points by the programs' names, from the repository's root
 * @returns which packages of npm are part of each, by the programs' names
 * @throws ImageError missing-entry-point, command-failed
 */
export async function bundlePrograms(options: {
  programs: Readonly<Record<string, string>>;
  target: string;
  version: string;
}): Promise<Record<string, NpmPackage[]>> {
  const { programs, target, version } = options;
  for (const [name, source] of Object.entries(programs)) {
    if ((await stat(join(repository, source)).catch(() => undefined)) === undefined)
      throw new ImageError('missing-entry-point', `${source} is missing: it becomes ${name}.cjs.`);
  }
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: { ...programs },
    outdir: target,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Packages that are CommonJS and ES module at once give a smaller, conventional bundle from the former.
    mainFields: ['main', 'module'],
    external: NATIVE_PACKAGES,
    // A third less to read at every start; lines stay short enough for a stack trace to say where.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 200,
    // CommonJS has no import.meta: the file's own address takes its place.
    define: {
      'import.meta.url': '__importMetaUrl',
      'import.meta.dirname': '__dirname',
      EDGEGATEWAY_VERSION: JSON.stringify(version),
    },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    legalComments: 'none',
    sourcemap: false,
    logLevel: 'silent',
    metafile: true,
  }).catch((error: unknown) => {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ImageError('command-failed', `esbuild failed:\n${problem}`, { cause: error });
  });
  const contents = Object.entries(metafile.outputs).map(async ([file, { inputs }]) => {
    const sources = Object.keys(inputs).map((source) => join(repository, source));
    return [basename(file, '.cjs'), await npmPackagesOf(sources)] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}
