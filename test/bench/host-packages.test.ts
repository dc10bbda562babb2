import { expect, test } from 'vitest';
import { missingOf, packageNames } from './host-packages.ts';

test('a list of packages may have comments and empty lines', () => {
  expect(packageNames('# peers\ncoturn\n\niperf3 # traffic\n')).toEqual(['coturn', 'iperf3']);
});

test('what was removed but for its configuration counts as missing', () => {
  const answer = 'coturn config-files\niperf3 installed\n';
  expect(missingOf(['coturn', 'iperf3', 'wireguard-tools'], answer)).toEqual(['coturn', 'wireguard-tools']);
});
