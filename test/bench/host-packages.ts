/** Installs the Debian packages that only benchmarks need, those that are missing and no others. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, runCommand } from '@edgegateway/tunnel/linux/run-command';

const INSTALLATION_MILLISECONDS = 10 * 60_000;
const APT = ['-q', '-o', 'DPkg::Lock::Timeout=300'];

/** @throws Error saying what to do when they cannot be installed */
export async function installHostPackages(): Promise<void> {
  const wanted = packageNames(await readFile(join(import.meta.dirname, 'host-packages.txt'), 'utf8'));
  const missing = missingOf(wanted, await installedOf(wanted));
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(', ')} ...`);
  try {
    await runCommand('apt-get', [...APT, 'update'], { timeoutMs: INSTALLATION_MILLISECONDS });
    const argv = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...APT, 'install', '--yes', '--no-install-recommends'];
    await runCommand('env', [...argv, ...missing], { timeoutMs: INSTALLATION_MILLISECONDS });
    // A package that came for a measurement must not leave a server running on this machine.
    if (missing.includes('coturn') && existsSync('/run/systemd/system'))
      await runCommand('systemctl', ['disable', '--now', 'coturn.service'], { timeoutMs: INSTALLATION_MILLISECONDS });
  } catch (cause) {
    throw new Error(
      `${missing.join(', ')} cannot be installed. Check the network, the disk and the apt configuration of this machine, then run the command again.`,
      { cause },
    );
  }
}

export function packageNames(list: string): string[] {
  return list
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/** @param answer of dpkg-query: `NAME STATUS` a line */
export function missingOf(wanted: readonly string[], answer: string): string[] {
  const installed = new Set(answer.split('\n').filter((line) => line.endsWith(' installed')));
  return wanted.filter((name) => !installed.has(`${name} installed`));
}

async function installedOf(names: readonly string[]): Promise<string> {
  const argv = ['-W', '-f=${Package} ${db:Status-Status}\\n'];
  const answers = names.map(async (name) => {
    try {
      return await runCommand('dpkg-query', [...argv, name]);
    } catch (error) {
      // dpkg-query(1) fails for a package that it has never heard of.
      if (error instanceof CommandError) return '';
      throw error;
    }
  });
  return (await Promise.all(answers)).join('');
}
