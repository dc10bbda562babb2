/** Says whether a device may be overwritten as a provisioning stick. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ImageError } from './errors.ts';

export interface DiskFacts {
  /** As the user named it. */
  device: string;
  isBlockDevice: boolean;
  isPartition: boolean;
  /** The kernel's word for it (sysfs `removable`); some USB disks say no. */
  isRemovable: boolean;
  /** Where it, or a partition of it, is mounted. */
  mountPoints: readonly string[];
}

/** @throws ImageError bad-settings with the reason why this device is not written to */
export function refuseUnlessStick(disk: DiskFacts, allowNotRemovable: boolean): void {
  const refuse = (problem: string): never => {
    throw new ImageError('bad-settings', `${disk.device} ${problem}`);
  };
  if (!disk.isBlockDevice) refuse('is not a disk. To make an image file, use --file.');
  if (disk.isPartition) refuse('is a partition. Name the whole stick.');
  if (disk.mountPoints.length > 0)
    refuse(`is in use: it is mounted at ${disk.mountPoints.join(', ')}. Unmount it first.`);
  if (!disk.isRemovable && !allowNotRemovable) {
    refuse('is not removable, so it may be a disk of this computer. If it is the stick, add --not-removable.');
  }
}

export async function diskFacts(device: string): Promise<DiskFacts> {
  const path = await realpath(device).catch(() => device);
  const name = basename(path);
  const isBlockDevice = (await stat(path).catch(() => undefined))?.isBlockDevice() ?? false;
  const attribute = async (file: string): Promise<string | null> =>
    readFile(`/sys/class/block/${name}/${file}`, 'utf8').then(
      (text) => text.trim(),
      () => null,
    );
  return {
    device,
    isBlockDevice,
    isPartition: (await attribute('partition')) !== null,
    isRemovable: (await attribute('removable')) === '1',
    mountPoints: mountPointsOf(path, await readFile('/proc/self/mounts', 'utf8')),
  };
}

/** Takes proc_mounts(5). A partition's name is the disk's with a number, after a `p` where the disk's ends in one. */
export function mountPointsOf(disk: string, mounts: string): string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([source = '']) => source.startsWith(disk) && /^(?:p?\d+)?$/.test(source.slice(disk.length)))
    .map(([, place = '']) => place);
}
