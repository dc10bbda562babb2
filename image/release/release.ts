/** What is delivered with an image, made beside it in the cache, and shown in the project's folder. */
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Payload } from '../builder/payload.ts';
import { type Log, timed } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { debianPackages, spdxDocument } from './bill-of-materials.ts';

export const CHECKSUMS = 'SHA256SUMS';

export interface ReleaseOptions {
  /** The folder of one image with its manifests. */
  folder: string;
  /** What all names begin with: `edgegateway_0.1.0`. */
  name: string;
  version: string;
  contents: Payload;
  log: Log;
  signal?: AbortSignal | undefined;
}

/**
 * Makes what is missing beside the image. The checksums come last, so that with them everything is there.
 * @returns the names of all files, the checksums last
 * @throws ImageError missing-tool, command-failed
 */
export async function makeRelease(options: ReleaseOptions): Promise<string[]> {
  const { folder, name, log, signal } = options;
  const files = ['raw', 'raw.zst', 'raw.bmap', 'manifest', 'spdx.json'].map((suffix) => `${name}.${suffix}`);
  const raw = join(folder, `${name}.raw`);
  await makeWhole(log, 'compressing the image', `${raw}.zst`, (target) =>
    runCommand('zstd', ['-q', '-T0', '-f', '-o', target, raw], { signal }),
  );
  // Its ranges are those that the file system holds, not those that are not zero: zeros that count are written.
  await makeWhole(log, 'making the block map', `${raw}.bmap`, (target) =>
    runCommand('bmaptool', ['-q', 'create', '-o', target, raw], { signal }),
  );
  await makeWhole(log, 'writing the bill of materials', join(folder, `${name}.spdx.json`), (target) =>
    writeBillOfMaterials(target, options),
  );
  // In the form of sha256sum(1), which does not use what processors have for this.
  await makeWhole(log, 'making the checksums', join(folder, CHECKSUMS), async (target) => {
    await writeFile(target, await runCommand('openssl', ['dgst', '-sha256', '-r', ...files], { cwd: folder, signal }));
  });
  return [...files, CHECKSUMS];
}

/** A file has its name once its content is whole; a part of one is left to nobody. */
async function makeWhole(
  log: Log,
  what: string,
  file: string,
  make: (target: string) => Promise<unknown>,
): Promise<void> {
  if ((await stat(file).catch(() => undefined)) !== undefined) return;
  await timed(log, what, () => make(`${file}.new`));
  await rename(`${file}.new`, file);
}

/** The initrd is a part of the kernel's file and has a manifest of its own. */
async function writeBillOfMaterials(target: string, { folder, version, contents }: ReleaseOptions): Promise<void> {
  const manifests = (await readdir(folder)).filter((file) => file.endsWith('.manifest'));
  const texts = await Promise.all(manifests.map((file) => readFile(join(folder, file), 'utf8')));
  const document = spdxDocument({ version, debian: debianPackages(texts), contents });
  await writeFile(target, `${JSON.stringify(document, null, 2)}\n`);
}
