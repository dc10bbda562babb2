import { expect, test } from 'vitest';
import { bootParts } from './boot-parts.ts';

const MOMENTS = {
  Firmware: 5_000_000,
  Loader: 2_000_000,
  InitRD: 4_000_000,
  Userspace: 10_000_000,
  Finish: 40_500_000,
};
const linesOf = (moments: object): string[] =>
  Object.entries(moments).map(([name, microseconds]) => `${name}TimestampMonotonic=${microseconds}`);

test('the parts of a boot follow one another', () => {
  expect(bootParts(linesOf(MOMENTS))).toEqual({
    firmware: 3,
    'boot loader': 2,
    kernel: 4,
    initrd: 6,
    'everything started': 30.5,
  });
});

test('what the firmware does not tell is left out', () => {
  const parts = bootParts(linesOf({ ...MOMENTS, Firmware: 0, Loader: 0 }));
  expect(Object.keys(parts)).toEqual(['kernel', 'initrd', 'everything started']);
});

test('a moment that systemd does not tell is named', () => {
  const { Finish: _, ...others } = MOMENTS;
  expect(() => bootParts(linesOf(others))).toThrow('Finish');
});
