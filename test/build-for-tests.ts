import { buildContainer } from '@edgegateway/image/build-container';
import { TEST_PACKAGES } from './lab/container/test-layer.ts';
import { buildUserInterfaces } from './lab/user-interfaces.ts';

/** Builds what the tests of a kind load from `build/`. */
export async function buildForTests(
  kind: 'unit' | 'store' | 'contract' | 'netns' | 'container' | 'browser' | 'qemu',
): Promise<void> {
  switch (kind) {
    case 'unit':
    case 'store':
    case 'contract':
      return;
    case 'container':
      await buildUserInterfaces(console.log);
      // The tests themselves run without a network.
      await buildContainer({ extraPackages: TEST_PACKAGES, log: console.log });
      return;
    case 'netns':
    case 'browser':
    case 'qemu':
      await buildUserInterfaces(console.log);
      return;
  }
}
