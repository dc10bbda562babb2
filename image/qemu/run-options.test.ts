import { describe, expect, test } from 'vitest';
import { ImageError } from '../errors.ts';
import { parseRunArguments, USAGE } from './run-options.ts';

describe('the switches of npm run qemu', () => {
  test('without any, a throw-away machine has the AMS on a port and no way out', () => {
    expect(parseRunArguments([])).toEqual({
      memory: 1024,
      network: 'user',
      internet: false,
      lan: '192.168.250.1/24',
      'ams-port': 8443,
      once: false,
      help: false,
    });
  });

  test('numbers come as numbers', () => {
    expect(parseRunArguments(['--memory', '2048', '--ams-port', '9000'])).toMatchObject({
      memory: 2048,
      'ams-port': 9000,
    });
  });

  test.each([
    [['--memroy', '1']],
    [['--memory']],
    [['--memory', 'much']],
    [['--memory', '12']],
    [['--ams-port', '0']],
    [['--ams-port', '65536']],
    [['--disk-size', '8 GB']],
    [['--network', 'bridge']],
    [['--network', 'none', '--internet']],
    [['--lan', '192.168.250.1']],
    [['edgegateway.raw']],
  ])('%j is refused with the switch and where to read on', (words) => {
    expect(() => parseRunArguments(words)).toThrow(ImageError);
    expect(() => parseRunArguments(words)).toThrow(words[0]);
    expect(() => parseRunArguments(words)).toThrow('npm run qemu -- --help');
  });

  test('the help names each of them', () => {
    for (const name of ['image', 'memory', 'disk', 'disk-size', 'stick', 'network', 'internet', 'lan', 'ams-port'])
      expect(USAGE).toContain(`--${name} `);
    for (const name of ['serial', 'screenshot', 'once']) expect(USAGE).toContain(`--${name} `);
  });
});
