/**
 * Which Debian archive this build host uses, told by its own apt configuration: the project names no mirror.
 * The host may run another release than the image; archive and signatures are the same.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../errors.ts';
import { runCommand } from '../run-command.ts';

export type DebianArchive = { main: string[]; security: string[] };

/** The image's release. */
const SUITE = 'trixie';
const APT_HELPER = '/usr/lib/apt/apt-helper';
/** Whether it answers at all is the question, so one try is enough. */
const PATIENCE = ['Retries=0', 'http::Timeout=20', 'https::Timeout=20'].flatMap((setting) => [
  '--option',
  `Acquire::${setting}`,
]);
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const FORMAT = ['ORIGIN', 'RELEASE', 'COMPONENT', 'SIGNED_BY', 'REPO_URI'].map((field) => `$(${field})`).join('|');
const DEBIAN_SUITE = /^(bullseye|bookworm|trixie|forky|duke|sid|(old)*stable|testing|unstable)(-updates)?$/;
const DEBIAN_SECURITY_SUITE = /^(bullseye|bookworm|trixie|forky|duke|(old)*stable|testing)(-security|\/updates)$/;

/**
 * Takes the lines of `apt-get indextargets` in the format above. The origin stands only in repositories that
 * were fetched once; without any, the suite's name and the key ring tell Debian's own from others.
 */
export function archiveFromIndexTargets(text: string): DebianArchive {
  const rows = text
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((line) => {
      const [origin = '', release = '', component = '', signedBy = '', uri = ''] = line.split('|');
      return { origin, release, component, signedBy, uri: uri.replace(/\/$/, '') };
    })
    .filter((row) => row.component === 'main' && row.uri !== '');
  const known = rows.filter((row) => row.origin === 'Debian');
  const usable = known.length > 0 ? known : rows.filter((row) => /^$|debian-archive/.test(row.signedBy));
  const pick = (suite: RegExp) => [...new Set(usable.filter((row) => suite.test(row.release)).map((row) => row.uri))];
  const archive = { main: pick(DEBIAN_SUITE), security: pick(DEBIAN_SECURITY_SUITE) };
  if (archive.main.length === 0)
    throw new ImageError('no-debian-archive', "apt's configuration names no Debian archive.");
  return archive;
}

/** A list of mirrors (`mirror+file:`) is a file of the host, unknown inside the build: its entries are. */
export function mirrorListEntries(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/)[0] ?? '')
    .filter((uri) => uri !== '')
    .map((uri) => uri.replace(/\/$/, ''));
}

async function expandMirrorLists(uris: string[]): Promise<string[]> {
  const expanded = await Promise.all(
    uris.map(async (uri) => {
      if (!uri.startsWith('mirror+file:')) return [uri];
      return mirrorListEntries(await readFile(uri.replace(/^mirror\+file:(\/\/)?/, ''), 'utf8'));
    }),
  );
  return expanded.flat();
}

export async function findDebianArchive(signal?: AbortSignal): Promise<DebianArchive> {
  const archive = archiveFromIndexTargets(
    await runCommand('apt-get', ['indextargets', '--format', FORMAT], { signal }),
  );
  return { main: await expandMirrorLists(archive.main), security: await expandMirrorLists(archive.security) };
}

/**
 * Asks for a small file of the archive.
 * @throws ImageError archive-unreachable when none of its mirrors gives it
 */
export async function checkArchive(archive: DebianArchive, folder: string, signal?: AbortSignal): Promise<void> {
  for (const mirror of archive.main) {
    if (await canFetch(`${mirror}/dists/${SUITE}/InRelease`, join(folder, 'archive-check.new'), signal)) return;
  }
  const hosts = archive.main.map((mirror) => URL.parse(mirror)?.host ?? mirror);
  throw new ImageError('archive-unreachable', `Debian's archive does not answer: ${hosts.join(', ')}.`);
}

/** By apt's own transport, with the proxy and the certificates of this host. */
async function canFetch(address: string, file: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await runCommand(APT_HELPER, [...PATIENCE, 'download-file', address, file], { signal });
    return true;
  } catch (error) {
    if (error instanceof ImageError && error.code === 'command-failed') return false;
    throw error;
  }
}

function stanza(uris: string[], suites: string): string {
  return `Types: deb\nURIs: ${uris.join(' ')}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`;
}

/** The image's package sources in deb822 form (sources.list(5)). */
export function debianSources(archive: DebianArchive): string {
  const stanzas = [stanza(archive.main, `${SUITE} ${SUITE}-updates`)];
  if (archive.security.length > 0) stanzas.push(stanza(archive.security, `${SUITE}-security`));
  return stanzas.join('\n');
}

/** How the host's apt reaches its archive (proxy, time-outs), as apt.conf lines from `apt-config dump`. */
export function transportSettings(dump: string): string {
  const lines = dump
    .split('\n')
    .filter((line) => /^Acquire::(https?|Retries|Check-Valid-Until)\b.*"[^"]+";$/.test(line));
  return lines.map((line) => `${line}\n`).join('');
}
