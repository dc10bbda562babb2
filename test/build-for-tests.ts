import { buildUserInterfaces } from './lab/user-interfaces.ts';

/** Builds what the tests of a kind load from `build/`. */
export async function buildForTests(kind: 'unit' | 'store' | 'contract' | 'netns' | 'browser' | 'qemu'): Promise<void> {
  switch (kind) {
    case 'unit':
    case 'store':
    case 'contract':
      return;
    case 'netns':
    case 'browser':
    case 'qemu':
      await buildUserInterfaces(console.log);
      return;
  }
}
