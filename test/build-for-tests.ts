import { buildImage } from '@edgegateway/image/build';
import { buildContainer } from '@edgegateway/image/build-container';
import { bundleLabPrograms } from './lab/bundled-programs.ts';
import { TEST_PACKAGES } from './lab/container/test-layer.ts';
import { buildUserInterfaces } from './lab/user-interfaces.ts';

/** Web interfaces, client and service. */
export async function buildPrograms(tell: (line: string) => void): Promise<void> {
  await buildUserInterfaces(tell);
  await bundleLabPrograms();
}

/** Builds what the tests of a kind load from `build/` and from the cache: the tests themselves run without a network. */
export async function buildForTests(
  kind: 'unit' | 'store' | 'contract' | 'netns' | 'container' | 'browser' | 'qemu',
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  switch (kind) {
    case 'unit':
    case 'store':
    case 'contract':
      return;
    case 'netns':
    case 'browser':
      return buildUserInterfaces(tell);
    case 'container':
      await buildPrograms(tell);
      await buildContainer({ extraPackages: TEST_PACKAGES, log: tell, signal });
      return;
    case 'qemu':
      await buildPrograms(tell);
      tell("the gateway's image: some minutes after a change of it, seconds otherwise ...");
      await buildImage({ log: tell, signal });
      return;
  }
}
