import { describe, expect, test } from 'vitest';
import { type BlockDevice, blockDeviceAt, parseListing, refuseUnlessFree } from './disk.ts';

const IMAGE_SIZE = 4e9;

function device(given: Partial<BlockDevice>): BlockDevice {
  return {
    ...{ path: '/dev/sdb', type: 'disk', size: 8e9, isReadOnly: false, model: 'Stick', mountPoints: [], children: [] },
    ...given,
  };
}

function partition(given: Partial<BlockDevice>): BlockDevice {
  return device({ path: '/dev/sdb1', type: 'part', model: null, ...given });
}

describe('a disk that nobody uses', () => {
  test.each([
    ['an empty one', device({})],
    ['one with partitions', device({ children: [partition({}), partition({})] })],
    ['one of exactly the size', device({ size: IMAGE_SIZE })],
    ['a loop device', device({ path: '/dev/loop0', type: 'loop' })],
  ])('%s may be overwritten', (_what, disk) => {
    expect(() => refuseUnlessFree(disk, IMAGE_SIZE)).not.toThrow();
  });
});

describe('a disk is refused with its own sentence', () => {
  test.each([
    ['a partition', partition({}), 'is a partition'],
    ['a logical volume', device({ type: 'lvm' }), 'not a whole disk but of the kind "lvm"'],
    ['a CD drive', device({ type: 'rom' }), 'not a whole disk but of the kind "rom"'],
    ['the own disk', device({ children: [partition({ mountPoints: ['/'] })] }), 'this computer runs from'],
    ['a mounted disk', device({ mountPoints: ['/mnt'] }), 'mounted at /mnt'],
    ['a disk with swap', device({ children: [partition({ mountPoints: ['[SWAP]'] })] }), 'as swap space'],
    ['a read-only disk', device({ isReadOnly: true }), 'is read-only'],
    ['a small disk', device({ size: IMAGE_SIZE - 1 }), 'is too small: the image needs 4.0 GB'],
    [
      'the own disk below encryption',
      device({ children: [partition({ children: [device({ type: 'crypt', mountPoints: ['/'] })] })] }),
      'this computer runs from',
    ],
    [
      'an open volume',
      device({ children: [partition({ children: [device({ path: '/dev/mapper/data', type: 'lvm' })] })] }),
      'in use by /dev/mapper/data (lvm)',
    ],
  ])('%s', (_what, disk, sentence) => {
    expect(() => refuseUnlessFree(disk, IMAGE_SIZE)).toThrow(sentence);
  });

  test.each([
    ['/dev/no-such-disk', 'does not exist'],
    ['/dev/null', 'is not a disk'],
    [import.meta.filename, 'is not a disk'],
  ])('%s', async (path, sentence) => {
    await expect(blockDeviceAt(path)).rejects.toThrow(sentence);
  });
});

test("lsblk's list is read with partitions and mount points", () => {
  const json = `{"blockdevices": [{"path":"/dev/sdb", "type":"disk", "size":8004304896, "ro":false, "model":"Stick", "mountpoints":[null],
    "children": [{"path":"/dev/sdb1", "type":"part", "size":8003256320, "ro":false, "model":null, "mountpoints":["/mnt"]}]}]}`;
  expect(parseListing(json)).toEqual(
    device({ size: 8004304896, children: [partition({ size: 8003256320, mountPoints: ['/mnt'] })] }),
  );
});
