import { buildUserInterfaces } from './lab/user-interfaces.ts';

/** Builds what the tests of a kind load from `build/`. */
export async function buildForTests(
  kind: 'unit' | 'postgres' | 'contract' | 'netns' | 'browser' | 'qemu',
): Promise<void> {
  switch (kind) {
    case 'unit':
    case 'postgres':
    case 'contract':
      return;
    case 'netns':
    case 'browser':
    case 'qemu':
      await buildUserInterfaces(console.log);
      return;
  }
}
