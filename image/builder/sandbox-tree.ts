import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { type DebianArchive, debianSources, transportSettings } from './debian-archive.ts';

/**
 * Makes the small tree that gives apt inside the build its sources and the host's way to reach them.
 * The file must be called mkosi.sources: otherwise mkosi adds archives of its own choice.
 */
export async function makeSandboxTree(
  directory: string,
  archive: DebianArchive,
  signal?: AbortSignal,
): Promise<string> {
  const apt = join(directory, 'etc/apt');
  const transport = transportSettings(await runCommand('apt-config', ['dump'], { signal }));
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(apt, 'sources.list.d'), { recursive: true });
  await mkdir(join(apt, 'apt.conf.d'), { recursive: true });
  await writeFile(join(apt, 'sources.list.d/mkosi.sources'), debianSources(archive));
  await writeFile(join(apt, 'apt.conf.d/90build-host'), transport);
  return directory;
}
