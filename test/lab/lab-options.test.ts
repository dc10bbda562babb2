import { expect, test } from 'vitest';
import { parseLabArguments } from './lab-options.ts';

test('without words the image runs until Ctrl-C', () => {
  expect(parseLabArguments([])).toEqual({ gateway: 'image', gateways: 1, check: false, console: false });
});

test('the container is chosen by its name, and the check beside it', () => {
  expect(parseLabArguments(['--gateway', 'container', '--check'])).toEqual({
    ...{ gateway: 'container', gateways: 1, check: true },
    console: false,
  });
});

test("the image's console is shown where that is asked for", () => {
  expect(parseLabArguments(['--console'])).toMatchObject({ gateway: 'image', console: true });
});

test('several gateways are asked for by their number', () => {
  expect(parseLabArguments(['--gateways', '3'])).toMatchObject({ gateways: 3 });
});

test.each([
  [['--gateways', '0']],
  [['--gateways', '5']],
  [['--gateways', 'two']],
  [['--gateways', '2', '--console']],
  [['--gateway', 'container', '--console']],
  [['--chekc']],
  [['--gateway']],
  [['--gateway', 'qemu']],
  [['image']],
])('%j is refused with what may be said', (words) => {
  expect(() => parseLabArguments(words)).toThrow('npm start -- --check');
});
