import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConntrackError, deletionsOf, parseConntrack, type TrackedFlow } from './conntrack.ts';

const PAIR = 'src=100.64.0.2 dst=192.168.250.10';
const REPLY = 'src=192.168.250.10 dst=192.168.250.1';
const TCP_LINE = `ipv4     2 tcp      6 431999 ESTABLISHED ${PAIR} sport=60470 dport=502 ${REPLY} sport=502 dport=41000 [ASSURED] mark=0 use=1`;
const ENDS = {
  client: '100.64.0.2',
  destination: '192.168.250.10',
  machine: '192.168.250.10',
  seenByMachine: '192.168.250.1',
};
const TCP: TrackedFlow = {
  ...ENDS,
  details: {
    ...{ protocol: 'tcp', state: 'ESTABLISHED' },
    ...{ clientPort: 60_470, destinationPort: 502, machinePort: 502, portSeenByMachine: 41_000 },
  },
};
const PING: TrackedFlow = { ...ENDS, details: { protocol: 'icmp', type: 8, code: 0, id: 613 } };

test('T6: a connection is read with both of its ends, as the client and as the machine see it', () => {
  expect(parseConntrack(`${TCP_LINE}\n`)).toEqual([TCP]);
});

test('T6: UDP without an answer, ping and other protocols are read too', () => {
  const udp = `ipv4     2 udp      17 29 ${PAIR} sport=0 dport=161 [UNREPLIED] ${REPLY} sport=161 dport=0 mark=0 use=1`;
  const icmp = `ipv4     2 icmp     1 28 ${PAIR} type=8 code=0 id=613 ${REPLY} type=0 code=0 id=613 mark=0 use=1`;
  const gre = `ipv4     2 gre      47 9 timeout=30, stream_timeout=180 ${PAIR} srckey=0x0 dstkey=0x0 ${REPLY} srckey=0x0 dstkey=0x0 use=1`;
  const unknown = `ipv4     2 unknown  253 599 ${PAIR} [UNREPLIED] ${REPLY} mark=0 use=1`;
  const ports = { clientPort: 0, destinationPort: 161, machinePort: 161, portSeenByMachine: 0 };
  expect(parseConntrack([udp, icmp, gre, unknown].join('\n'))).toEqual([
    { ...ENDS, details: { protocol: 'udp', state: null, ...ports } },
    PING,
    { ...ENDS, details: { protocol: 47 } },
    { ...ENDS, details: { protocol: 253 } },
  ]);
});

test('T6: counters, an entry without seconds and a mapped address do not disturb', () => {
  const line = `ipv4     2 tcp      6 src=100.64.0.2 dst=100.112.0.1 sport=60470 dport=502 packets=3 bytes=180 ${REPLY} sport=502 dport=41000 packets=2 bytes=120 [OFFLOAD] mark=65536 zone=1 use=2 id=7`;
  expect(parseConntrack(line)).toEqual([
    { ...TCP, destination: '100.112.0.1', details: { ...TCP.details, state: null } },
  ]);
});

test.each([
  ['a line of something else', 'conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.'],
  ['IPv6', TCP_LINE.replace('ipv4     2', 'ipv6     10')],
  ['one direction only', TCP_LINE.slice(0, TCP_LINE.indexOf(REPLY))],
  ['three directions', `${TCP_LINE} ${PAIR}`],
  ['no port', TCP_LINE.replace('sport=60470 ', '')],
  ['a port that is none', TCP_LINE.replace('60470', '65536')],
  ['an address that is none', TCP_LINE.replace('100.64.0.2', '100.64.0.256')],
])('T6: %s is not understood', (_what, line) => {
  expect(() => parseConntrack(line)).toThrow(ConntrackError);
});

test('T6: entries are deleted by all that makes each of them, so that no other goes with it', () => {
  expect(deletionsOf([TCP, PING, { ...ENDS, details: { protocol: 253 } }])).toBe(
    '-D -s 100.64.0.2 -d 192.168.250.10 -p tcp --sport 60470 --dport 502\n' +
      '-D -s 100.64.0.2 -d 192.168.250.10 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 613\n' +
      '-D -s 100.64.0.2 -d 192.168.250.10 -p 253\n',
  );
});

test('fuzz: any text is read or refused with the own error, and what is read makes commands of plain words', () => {
  const words = TCP_LINE.split(/\s+/);
  const changed = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })), { maxLength: 30 })
    .map((list) => list.join(' '));
  const nearly = fc
    .tuple(fc.nat(words.length - 1), fc.string({ maxLength: 20 }))
    .map(([index, word]) => words.with(index, word).join(' '));
  fc.assert(
    fc.property(fc.oneof(fc.string(), changed, nearly), (text) => {
      try {
        for (const line of deletionsOf(parseConntrack(text)).split('\n')) expect(line).toMatch(/^[-.\w ]*$/);
      } catch (error) {
        expect(error).toBeInstanceOf(ConntrackError);
      }
    }),
  );
});
