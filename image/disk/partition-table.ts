/** Finds a partition of a raw disk image by its name (UEFI specification 2.10, section 5.3). */
import { open } from 'node:fs/promises';
import { ImageError } from '../errors.ts';

const SECTOR = 512;
const ENTRY_MINIMUM = 128;
const ENTRIES_MAXIMUM = 1024;

export interface Partition {
  /** `PARTLABEL`. */
  name: string;
  /** In bytes from the start of the disk. */
  offset: number;
  /** In bytes. */
  size: number;
}

interface Table {
  offset: number;
  count: number;
  entrySize: number;
}

/** @throws ImageError machine-failed when the sector is no header of a GUID partition table */
export function parseHeader(sector: Buffer): Table {
  if (sector.length < 92 || sector.toString('latin1', 0, 8) !== 'EFI PART') {
    throw new ImageError('machine-failed', 'The disk has no GUID partition table.');
  }
  const first = sector.readBigUInt64LE(72);
  const table = { offset: Number(first) * SECTOR, count: sector.readUInt32LE(80), entrySize: sector.readUInt32LE(84) };
  if (first > 2n ** 40n || table.count > ENTRIES_MAXIMUM || table.entrySize !== ENTRY_MINIMUM) {
    throw new ImageError('machine-failed', 'The partition table of the disk has an unusual form.');
  }
  return table;
}

export function parseEntries(entries: Buffer): Partition[] {
  const partitions: Partition[] = [];
  for (let at = 0; at + ENTRY_MINIMUM <= entries.length; at += ENTRY_MINIMUM) {
    const entry = entries.subarray(at, at + ENTRY_MINIMUM);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const first = entry.readBigUInt64LE(32);
    const last = entry.readBigUInt64LE(40);
    const name = entry.toString('utf16le', 56).replace(/\0.*$/s, '');
    partitions.push({ name, offset: Number(first) * SECTOR, size: Number(last - first + 1n) * SECTOR });
  }
  return partitions;
}

/** @throws ImageError machine-failed when the image has no such partition */
export async function findPartition(image: string, name: string): Promise<Partition> {
  const file = await open(image, 'r');
  try {
    const header = Buffer.alloc(SECTOR);
    await file.read(header, 0, SECTOR, SECTOR);
    const table = parseHeader(header);
    const entries = Buffer.alloc(table.count * table.entrySize);
    await file.read(entries, 0, entries.length, table.offset);
    const partition = parseEntries(entries).find((candidate) => candidate.name === name);
    if (partition === undefined) throw new ImageError('machine-failed', `${image} has no partition ${name}.`);
    return partition;
  } finally {
    await file.close();
  }
}
