/**
 * The programs whose start and memory a user notices, bundled as they are delivered: the client, and the gateway's
 * service as it is in the image.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundlePrograms } from '@edgegateway/image/builder/bundle';
import { productVersion } from '@edgegateway/image/builder/payload';
import { buildWhenChanged } from './build-when-changed.ts';

const output = join(import.meta.dirname, '../../build/lab-programs');

const PROGRAMS = {
  remoteconnect: 'services/remoteconnect/main.ts',
  technician: 'windows-client/linux/main.ts',
} as const;

const SOURCES = ['image/builder', 'package.json', 'protocol', 'services', 'tunnel', 'windows-client'];

/** Where `bundleLabPrograms` has put them. */
export const BUNDLED: Readonly<Record<keyof typeof PROGRAMS, string>> = {
  remoteconnect: join(output, 'remoteconnect.cjs'),
  technician: join(output, 'technician.cjs'),
};

export async function bundleLabPrograms(): Promise<void> {
  await buildWhenChanged(output, SOURCES, async () => {
    const fresh = `${output}.${process.pid}`;
    try {
      await bundlePrograms({ programs: PROGRAMS, target: fresh, version: await productVersion() });
      await mkdir(output, { recursive: true });
      // Whoever starts a program meanwhile finds the old one or the new one, and never a part.
      for (const finished of Object.values(BUNDLED)) await rename(join(fresh, basename(finished)), finished);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  });
}
