import { expect, test } from 'vitest';
import { parseLabArguments } from './lab-options.ts';

test('without words the container runs until Ctrl-C', () => {
  expect(parseLabArguments([])).toEqual({ gateway: 'container', check: false, console: false });
});

test('the image is chosen by its name, and the check beside it', () => {
  expect(parseLabArguments(['--gateway', 'image', '--check'])).toEqual({
    ...{ gateway: 'image', check: true },
    console: false,
  });
});

test("the image's console is shown where that is asked for", () => {
  expect(parseLabArguments(['--gateway', 'image', '--console'])).toMatchObject({ console: true });
});

test.each([[['--console']], [['--chekc']], [['--gateway']], [['--gateway', 'qemu']], [['image']]])(
  '%j is refused with what may be said',
  (words) => {
    expect(() => parseLabArguments(words)).toThrow('npm start -- --check');
  },
);
