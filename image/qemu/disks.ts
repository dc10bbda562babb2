/** Disk files for QEMU (qemu-img(1)), all of the kind that can hold snapshots. */
import { runCommand } from '../run-command.ts';

export interface BaseDisk {
  /** An absolute path; it must neither change nor go away while an overlay of it is used. */
  file: string;
  format: 'raw' | 'qcow2';
}

/**
 * Makes a disk that begins as `base` and keeps what is written to it.
 * @param size as qemu-img takes it, for example 8G; the size of the base where it is not given
 * @throws ImageError missing-tool, command-failed
 */
export async function createOverlay(file: string, base: BaseDisk, size?: string): Promise<void> {
  const argv = ['create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.file, file];
  await runCommand('qemu-img', size === undefined ? argv : [...argv, size]);
}

/**
 * Makes a disk of its own that depends on no other file.
 * @param size as for createOverlay
 * @throws ImageError missing-tool, command-failed
 */
export async function copyDisk(file: string, raw: string, size?: string): Promise<void> {
  await runCommand('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, file]);
  if (size !== undefined) await runCommand('qemu-img', ['resize', '-q', file, size]);
}

/**
 * Tells an overlay that was moved where its base lies now.
 * @throws ImageError missing-tool, command-failed
 */
export async function rebaseOverlay(file: string, base: BaseDisk): Promise<void> {
  await runCommand('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', base.format, '-b', base.file, file]);
}
