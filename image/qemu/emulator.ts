/** QEMU from the tree of Debian 13 (image/qemu-tree), which `buildQemu` or `buildImage` has made. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { programTreePath, QEMU_TREE } from '../builder/program-tree.ts';
import { ImageError } from '../errors.ts';
import { cacheDirectory } from '../paths.ts';

/**
 * The words before the arguments of qemu-system-x86_64(1). The tree's own loader starts it (ld.so(8)): the host may have an older
 * C library.
 * @throws ImageError missing-tool when the tree has not been made
 */
export async function emulatorCommand(): Promise<readonly [command: string, ...argv: string[]]> {
  const tree = await programTreePath(cacheDirectory(), QEMU_TREE);
  const program = join(tree, QEMU_TREE.program);
  await access(program).catch((cause: unknown) => {
    throw new ImageError('missing-tool', `${program} is missing. This makes it: npm run qemu`, { cause });
  });
  const libraries = join(tree, 'usr/lib/x86_64-linux-gnu');
  return [
    join(libraries, 'ld-linux-x86-64.so.2'),
    ...['--argv0', 'qemu-system-x86_64', '--library-path', libraries, program],
    ...['qemu', 'seabios'].flatMap((name) => ['-L', join(tree, 'usr/share', name)]),
  ];
}
