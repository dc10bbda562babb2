import { describe, expect, test } from 'vitest';
import { type DiskFacts, mountPointsOf, refuseUnlessStick } from './usb-disk.ts';

const STICK: DiskFacts = {
  device: '/dev/sdb',
  isBlockDevice: true,
  isPartition: false,
  isRemovable: true,
  mountPoints: [],
};

describe('writing a provisioning stick', () => {
  test('goes ahead on an unused removable disk', () => {
    expect(() => refuseUnlessStick(STICK, false)).not.toThrow();
  });

  test.each([
    ['a file', { isBlockDevice: false }, /is not a disk/],
    ['a partition', { isPartition: true }, /is a partition/],
    ['a mounted disk', { mountPoints: ['/media/stick'] }, /mounted at \/media\/stick/],
    ['a disk that is not removable', { isRemovable: false }, /--not-removable/],
  ])('refuses %s', (_what, facts, problem) => {
    expect(() => refuseUnlessStick({ ...STICK, ...facts }, false)).toThrow(problem);
  });

  test('takes a disk that is not removable when told, but never one in use', () => {
    const disk = { ...STICK, isRemovable: false };
    expect(() => refuseUnlessStick(disk, true)).not.toThrow();
    expect(() => refuseUnlessStick({ ...disk, mountPoints: ['/'] }, true)).toThrow(/in use/);
  });

  test('sees the mounts of a disk and its partitions, and of no other disk', () => {
    const mounts =
      '/dev/sdb1 /a vfat rw 0 0\n/dev/sdb /b vfat rw 0 0\n/dev/sdbc1 /c ext4 rw 0 0\nproc /proc proc rw 0 0\n';
    expect(mountPointsOf('/dev/sdb', mounts)).toEqual(['/a', '/b']);
    expect(mountPointsOf('/dev/nvme0n1', '/dev/nvme0n1p2 / ext4 rw 0 0\n/dev/nvme0n12 /x ext4 rw 0 0\n')).toContain(
      '/',
    );
  });
});
