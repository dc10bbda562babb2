/** The root file system of one container: the shared tree and our programs, read-only, under a writable layer in memory. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTAINER_PARTS } from '@edgegateway/image/build-container';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';

export interface ContainerRoot {
  readonly folder: string;
  /** A TUN device of its own: the host's belongs to root, and another mode would be another mode for everyone. */
  readonly tunDevice: string;
  remove(): Promise<void>;
}

/** Character device 10:200 (linux/Documentation/admin-guide/devices.txt). */
const TUN = ['c', '10', '200'];

/**
 * Everything lies under one short folder: commas, colons and blanks in a checkout's path would end a layer's name
 * (overlayfs), and sockets in the container have room in their paths.
 */
export async function makeContainerRoot(name: string): Promise<ContainerRoot> {
  const base = `/run/edgegateway-lab/${name}`;
  const folder = join(base, 'root');
  const memory = join(base, 'memory');
  const mounted: string[] = [];
  const remove = async (): Promise<void> => {
    for (const target of mounted.splice(0).toReversed()) await runCommand('umount', [target]);
    await rm(base, { recursive: true, force: true });
  };
  try {
    for (const part of ['tree', 'payload'] as const) {
      const target = join(base, part);
      await mkdir(target, { recursive: true });
      await runCommand('mount', ['--bind', CONTAINER_PARTS[part], target]);
      mounted.push(target);
      await runCommand('mount', ['--options', 'remount,bind,ro', target]);
    }
    for (const target of [memory, folder]) await mkdir(target);
    await runCommand('mount', ['--types', 'tmpfs', '--options', 'mode=755', 'tmpfs', memory]);
    mounted.push(memory);
    for (const part of ['upper', 'work']) await mkdir(join(memory, part), { mode: 0o755 });
    const layers = [
      `lowerdir=${join(base, 'payload')}:${join(base, 'tree')}`,
      `upperdir=${join(memory, 'upper')}`,
      `workdir=${join(memory, 'work')}`,
    ];
    await runCommand('mount', ['--types', 'overlay', '--options', layers.join(','), 'overlay', folder]);
    mounted.push(folder);
    const tunDevice = join(memory, 'tun');
    await runCommand('mknod', ['--mode=666', tunDevice, ...TUN]);
    return { folder, tunDevice, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
