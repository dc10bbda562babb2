/** Which packages of npm a bundle is made of. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export interface NpmPackage {
  name: string;
  version: string;
  /** As the package declares it, usually an SPDX expression. */
  license: string | null;
}

const packageJson = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().nullable().catch(null).default(null),
});

/** Greedy, so that of a package inside a package the inner one counts. */
const FOLDER = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

export async function readNpmPackage(folder: string): Promise<NpmPackage> {
  return packageJson.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
}

/**
 * @param files absolute names of a bundle's sources; those outside `node_modules` are ours
 * @returns each package once, by name
 */
export async function npmPackagesOf(files: readonly string[]): Promise<NpmPackage[]> {
  const folders = new Set(files.flatMap((file) => FOLDER.exec(file) ?? []));
  const packages = await Promise.all([...folders].map(readNpmPackage));
  return packages.sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Takes what Vite's `build.license` writes. */
export function npmPackagesOfLicenses(json: string): NpmPackage[] {
  const entries = z
    .array(z.object({ name: z.string(), version: z.string(), identifier: z.string().nullable().default(null) }))
    .parse(JSON.parse(json));
  return entries.map(({ name, version, identifier }) => ({ name, version, license: identifier }));
}
