import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOneTimeCode, newOneTimeCode } from '../access/one-time-code.ts';
import { addressesOf } from '../console/network-addresses.ts';
import { parseConsoleInformation } from './console-file.ts';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

test('a one-time code is what the console file may hold, and is known again however it is typed', () => {
  const code = newOneTimeCode();
  expect(parseConsoleInformation(JSON.stringify({ fingerprint: FINGERPRINT, oneTimeCode: code }))).not.toBeNull();
  expect(isOneTimeCode(` ${code.toLowerCase().replaceAll('-', ' ')} `, code)).toBe(true);
  expect(isOneTimeCode(newOneTimeCode(), code)).toBe(false);
});

test('whatever is not exactly console information is none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(parseConsoleInformation(text)).toBeNull();
    }),
  );
});

test('a description of the network that cannot be read has no addresses', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(addressesOf('lan0', text)).toEqual([]);
    }),
  );
  const lan = { Name: 'lan0', Addresses: [{ Family: 2, Address: [192, 168, 250, 1] }] };
  expect(addressesOf('lan0', JSON.stringify({ Interfaces: [lan] }))).toEqual(['192.168.250.1']);
});
