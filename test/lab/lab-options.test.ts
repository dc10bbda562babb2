import { expect, test } from 'vitest';
import { parseLabArguments } from './lab-options.ts';

test('without words the container runs until Ctrl-C', () => {
  expect(parseLabArguments([])).toEqual({ gateway: 'container', check: false });
});

test('the image is chosen by its name, and the check beside it', () => {
  expect(parseLabArguments(['--gateway', 'image', '--check'])).toEqual({ gateway: 'image', check: true });
});

test.each([[['--chekc']], [['--gateway']], [['--gateway', 'qemu']], [['image']]])(
  '%j is refused with what may be said',
  (words) => {
    expect(() => parseLabArguments(words)).toThrow('npm start -- --check');
  },
);
