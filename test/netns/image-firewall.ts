import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';

const FIREWALL = join(import.meta.dirname, '../../image/mkosi/mkosi.extra/usr/lib/edgegateway/firewall.nft');

/** The image's own firewall inside a namespace. All its users are root here, as which the tests run. */
export async function loadImageFirewall(namespace: string): Promise<void> {
  const input = (await readFile(FIREWALL, 'utf8')).replaceAll(/skuid "[a-z-]+"/g, 'skuid 0');
  await runCommand('ip', ['netns', 'exec', namespace, 'nft', '--file', '-'], { input });
}
