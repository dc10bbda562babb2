/** Builds the two web interfaces with Vite, and only when something they are made of has changed. */
import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { buildWhenChanged } from './build-when-changed.ts';

const root = join(import.meta.dirname, '../..');

export const BUILT_AMS_UI = join(root, 'build/ams-ui');
export const BUILT_CLOUD_UI = join(root, 'build/cloud-ui');

const INTERFACES = [
  {
    name: 'web interface of the AMS',
    folder: 'ams-ui',
    sources: ['ams-ui', 'appliance/contract.ts', 'protocol'],
    output: BUILT_AMS_UI,
  },
  {
    name: 'web interface of the cloud',
    folder: 'cloud-stub/ui',
    sources: ['cloud-stub/ui', 'cloud-stub/api/contract.ts', 'protocol'],
    output: BUILT_CLOUD_UI,
  },
] as const;

const BUILD_SECONDS = 180;

export async function buildUserInterfaces(tell: (line: string) => void): Promise<void> {
  for (const { name, folder, sources, output } of INTERFACES) {
    await buildWhenChanged(output, sources, async () => {
      tell(`building the ${name} ...`);
      const vite = join(root, 'node_modules/vite/bin/vite.js');
      await runCommand(execPath, [vite, 'build', '--logLevel', 'warn', join(root, folder)], {
        timeoutMs: BUILD_SECONDS * 1000,
      });
    });
  }
}
