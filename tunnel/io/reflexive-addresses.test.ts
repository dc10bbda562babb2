import { writeBindingAnswer } from '@edgegateway/protocol/stun/binding';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReflexiveAddresses } from './reflexive-addresses.ts';

const SERVERS = ['192.0.2.30', '192.0.2.31'].map((host) => ({ name: host, region: 'c-us' as const, host, port: 3478 }));
const [ONE = '', OTHER = ''] = SERVERS.map(({ host }) => host);
const OUTSIDE = Buffer.from([203, 0, 113, 1]);
const ANSWER_LIMIT = 6000;

/** Questions that the NAT let out, by server. */
let questions: Map<string, Uint8Array>;
let changes: number;
let addresses: ReflexiveAddresses;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  questions = new Map();
  changes = 0;
  addresses = new ReflexiveAddresses(
    () => ({
      bases: [{ name: 'IPv4', family: 'IPv4', hosts: [{ address: '192.168.1.10', port: 5000 }] }],
      refresh: () => Promise.resolve(),
      send: (_base, { address }, datagram) => questions.set(address, datagram),
      disguise: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
    () => {
      changes += 1;
    },
    () => Date.now(),
  );
});

afterEach(() => {
  addresses.close();
  vi.useRealTimers();
});

function answer(server: string, port: number): void {
  const datagram = new Uint8Array(128);
  const length = writeBindingAnswer(datagram, questions.get(server) ?? new Uint8Array(), OUTSIDE, port);
  expect(addresses.take(datagram.subarray(0, length))).toBe(true);
}

test('T3: servers that see one address have met a NAT that keeps it', async () => {
  expect(addresses.reachability).toEqual({ stun: 'unknown', mapping: 'unknown' });
  await addresses.ask(SERVERS);
  vi.advanceTimersByTime(0);
  answer(ONE, 40_000);
  expect(addresses.reachability).toEqual({ stun: 'answered', mapping: 'unknown' });
  answer(OTHER, 40_000);
  expect(addresses.reachability).toEqual({ stun: 'answered', mapping: 'endpoint-independent' });
  expect(addresses.addresses).toEqual([{ address: '203.0.113.1', port: 40_000 }]);
  expect(changes).toBe(2);
});

test('T3: servers that see two addresses have met a NAT that gives each destination its own', async () => {
  await addresses.ask(SERVERS);
  vi.advanceTimersByTime(0);
  answer(ONE, 40_000);
  answer(OTHER, 40_001);
  expect(addresses.reachability).toEqual({ stun: 'answered', mapping: 'endpoint-dependent' });
  expect(addresses.addresses).toHaveLength(2);
});

test('T3: silence counts once an answer would have come, however often is asked, and until one comes', async () => {
  await addresses.ask(SERVERS);
  vi.advanceTimersByTime(ANSWER_LIMIT / 2);
  await addresses.ask(SERVERS);
  vi.advanceTimersByTime(ANSWER_LIMIT / 2 - 1);
  expect(addresses.reachability.stun).toBe('unknown');
  vi.advanceTimersByTime(1);
  expect(addresses.reachability).toEqual({ stun: 'unanswered', mapping: 'unknown' });
  await addresses.ask(SERVERS);
  vi.advanceTimersByTime(0);
  answer(ONE, 40_000);
  vi.advanceTimersByTime(ANSWER_LIMIT);
  expect(addresses.reachability.stun).toBe('answered');
});

test('T3: a network that is left says nothing of the next one', async () => {
  await addresses.ask(SERVERS);
  vi.advanceTimersByTime(ANSWER_LIMIT);
  addresses.forget();
  expect(addresses.reachability).toEqual({ stun: 'unknown', mapping: 'unknown' });
});

test('T3: where no server is asked, none is silent', async () => {
  await addresses.ask([]);
  vi.advanceTimersByTime(2 * ANSWER_LIMIT);
  expect(addresses.reachability.stun).toBe('unknown');
});
