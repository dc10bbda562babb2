/** Whether a disk may be overwritten with the image, by what lsblk(8) says of it. */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { ImageError } from '../errors.ts';
import { runCommand } from '../run-command.ts';

export interface BlockDevice {
  path: string;
  /** `disk`, `part`, `loop`, `crypt`, `lvm`, `raid1` ... */
  type: string;
  /** In bytes. */
  size: number;
  isReadOnly: boolean;
  model: string | null;
  mountPoints: string[];
  /** Its partitions, and whatever else was made of it. */
  children: BlockDevice[];
}

const COLUMNS = 'PATH,TYPE,SIZE,RO,MODEL,MOUNTPOINTS';
const WHOLE_DISKS: ReadonlySet<string> = new Set(['disk', 'loop']);
const SWAP = '[SWAP]';
/** Where a running system has itself. */
const SYSTEM_PLACES: ReadonlySet<string> = new Set(['/', '/boot', '/boot/efi', '/efi', '/usr', '/var']);

const blockDevice: z.ZodType<BlockDevice> = z
  .object({
    path: z.string(),
    type: z.string(),
    size: z.int().nonnegative(),
    ro: z.boolean(),
    model: z.string().nullable(),
    mountpoints: z.array(z.string().nullable()),
    get children() {
      return z.array(blockDevice).optional();
    },
  })
  .transform(({ ro, mountpoints, children = [], ...device }) => ({
    ...device,
    isReadOnly: ro,
    mountPoints: mountpoints.filter((place) => place !== null),
    children,
  }));
const listing = z.object({ blockdevices: z.tuple([blockDevice]) });

/** Takes what `lsblk --json --bytes` says of one device. */
export function parseListing(json: string): BlockDevice {
  return listing.parse(JSON.parse(json)).blockdevices[0];
}

/** @throws ImageError disk-refused when it is no block device */
export async function blockDeviceAt(device: string): Promise<BlockDevice> {
  const status = await stat(device).catch(() => undefined);
  if (status === undefined) throw refused(device, 'does not exist.');
  if (!status.isBlockDevice()) throw refused(device, 'is not a disk.');
  return parseListing(await runCommand('lsblk', ['--json', '--bytes', '--output', COLUMNS, device]));
}

/**
 * @param needed the size of the image in bytes
 * @throws ImageError disk-refused with the one reason that is the easiest to understand
 */
export function refuseUnlessFree(disk: BlockDevice, needed: number): void {
  const problem = problemOf(disk, needed);
  if (problem !== undefined) throw refused(disk.path, problem);
}

function problemOf(disk: BlockDevice, needed: number): string | undefined {
  if (disk.type === 'part') return 'is a partition. Name the whole disk.';
  if (!WHOLE_DISKS.has(disk.type)) return `is not a whole disk but of the kind "${disk.type}".`;
  const descendants = descendantsOf(disk);
  const places = [disk, ...descendants].flatMap(({ mountPoints }) => mountPoints);
  if (places.some((place) => SYSTEM_PLACES.has(place))) return 'is the disk that this computer runs from.';
  if (places.includes(SWAP)) return 'is in use as swap space. End that with "swapoff".';
  if (places.length > 0) return `is in use: it is mounted at ${places.join(', ')}. Unmount it first.`;
  const user = descendants.find(({ type }) => type !== 'part');
  if (user !== undefined) return `is in use by ${user.path} (${user.type}). Close that first.`;
  if (disk.isReadOnly) return 'is read-only. Take its write protection away.';
  if (disk.size < needed) return `is too small: the image needs ${gigabytes(needed)}, it has ${gigabytes(disk.size)}.`;
  return undefined;
}

function descendantsOf({ children }: BlockDevice): BlockDevice[] {
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** As the makers of disks count. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function refused(device: string, problem: string): ImageError {
  return new ImageError('disk-refused', `${device} ${problem}`);
}
