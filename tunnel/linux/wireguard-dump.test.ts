import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWireguardDump, WireguardDumpError } from './wireguard-dump.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const PRESHARED_KEY = Buffer.alloc(32, 8).toString('base64');
const INTERFACE = ['private', KEY, '51820', 'off'].join('\t');
const peer = (handshake: string) =>
  [KEY, PRESHARED_KEY, '127.0.0.1:4000', '100.64.0.2/32', handshake, '92', '148', '25'].join('\t');

test('T1: the port and the counters of each peer are read, private and preshared keys are not kept', () => {
  const dump = parseWireguardDump(`${INTERFACE}\n${peer('1764000000')}\n`);
  expect(dump).toEqual({
    listenPort: 51820,
    peers: [
      {
        publicKey: KEY,
        endpoint: { address: '127.0.0.1', port: 4000 },
        latestHandshakeAt: 1_764_000_000_000,
        receivedBytes: 92,
        sentBytes: 148,
      },
    ],
  });
});

test.each([
  ['[2001:db8::1]:51820', { address: '2001:db8::1', port: 51820 }],
  ['[fe80::1%eth0]:4000', { address: 'fe80::1', port: 4000 }],
  ['(none)', null],
])('K11: the endpoint %s is read, and the handshake and the bytes beside it', (text, endpoint) => {
  const line = peer('1764000000').replace('127.0.0.1:4000', text);
  expect(parseWireguardDump(`${INTERFACE}\n${line}\n`).peers).toEqual([
    { publicKey: KEY, endpoint, latestHandshakeAt: 1_764_000_000_000, receivedBytes: 92, sentBytes: 148 },
  ]);
});

test('a peer without a handshake has none', () => {
  expect(parseWireguardDump(`${INTERFACE}\n${peer('0')}\n`).peers[0]?.latestHandshakeAt).toBeNull();
});

test.each([
  ['nothing', ''],
  ['a line that is cut short', `${INTERFACE}\n${KEY}\t(none)\n`],
  ['a port that is none', INTERFACE.replace('51820', '99999')],
  ['a counter that is none', `${INTERFACE}\n${peer('soon')}\n`],
])('%s is refused', (_, text) => {
  expect(() => parseWireguardDump(text)).toThrow(WireguardDumpError);
});

test('fuzz: any text is read or refused with the own error', () => {
  const line = fc.array(fc.oneof(fc.string(), fc.constantFrom(KEY, '0', '25', 'off')), { maxLength: 9 });
  const text = fc.array(line.map((fields) => fields.join('\t'))).map((lines) => [INTERFACE, ...lines].join('\n'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), text), (given) => {
      try {
        parseWireguardDump(given);
      } catch (error) {
        expect(error).toBeInstanceOf(WireguardDumpError);
      }
    }),
  );
});
