import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { PeerOffers, type ReceivedSignal, type ToldReachability } from './peer-offers.ts';

const HOST = { kind: 'host', address: '192.0.2.7', port: 5000 } as const;
const OTHER_HOST = { kind: 'host', address: '192.0.2.8', port: 5000 } as const;
const secret = randomBytes(32).toString('base64');
const [clientKey = '', gatewayKey = ''] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));

/** Both ends, and the boxes between them, which arrive when the test says so. */
let boxes: { to: 'client' | 'gateway'; box: Uint8Array }[];
let isRelayThere: boolean;
let client: PeerOffers;
let gateway: PeerOffers;

function end(name: 'client' | 'gateway', fragment: string): PeerOffers {
  const isClient = name === 'client';
  return new PeerOffers({
    secret,
    ownPublicKey: isClient ? clientKey : gatewayKey,
    peerPublicKey: isClient ? gatewayKey : clientKey,
    local: { fragment, password: fragment.padEnd(24, 'x') },
    send: (box) => {
      if (isRelayThere) boxes.push({ to: isClient ? 'gateway' : 'client', box });
      return isRelayThere;
    },
  });
}

/** Delivers everything that is under way, and what it brings about. */
function deliver(now: number): ReceivedSignal[] {
  const received: ReceivedSignal[] = [];
  for (let next = boxes.shift(); next !== undefined; next = boxes.shift()) {
    const signal = (next.to === 'client' ? client : gateway).take(next.box, now);
    if (signal !== null) received.push(signal);
  }
  return received;
}

beforeEach(() => {
  boxes = [];
  isRelayThere = true;
  client = end('client', 'client1');
  gateway = end('gateway', 'gateway1');
});

test('an offer arrives once, with the credentials of its sender', () => {
  client.offer([HOST], false, 0);
  expect(deliver(1)).toEqual([
    { type: 'offer', remote: { fragment: 'client1', password: 'client1'.padEnd(24, 'x') }, candidates: [HOST] },
  ]);
  client.offer([HOST], false, 2);
  expect(boxes).toEqual([]);
});

test('the same candidates are told again when the other end is to check anew', () => {
  client.offer([HOST], false, 0);
  deliver(1);
  client.offer([HOST], true, 2);
  expect(deliver(3)).toHaveLength(1);
});

test('an offer that got lost is told again until it is heard, and then no more', () => {
  gateway.offer([OTHER_HOST], false, 0);
  deliver(0);
  client.offer([HOST], false, 1);
  boxes = [];
  client.repeat(100);
  expect(boxes).toEqual([]);
  client.repeat(600);
  expect(deliver(601)).toHaveLength(1);
  client.repeat(1200);
  expect(boxes).toEqual([]);
});

test('an offer waits for a relay', () => {
  isRelayThere = false;
  client.offer([HOST], false, 0);
  isRelayThere = true;
  client.repeat(1);
  expect(deliver(2)).toHaveLength(1);
});

test('the offer of an end that began anew replaces the old one, and the old one never comes back', () => {
  client.offer([HOST], false, 0);
  const old = boxes.map(({ box }) => box);
  deliver(1);
  client = end('client', 'client2');
  client.offer([OTHER_HOST], false, 2);
  expect(deliver(3)).toMatchObject([{ remote: { fragment: 'client2' }, candidates: [OTHER_HOST] }]);
  for (const box of old) expect(gateway.take(box, 4)).toBeNull();
});

test('an end that began anew is not told that it was heard before', () => {
  client.offer([HOST], false, 0);
  gateway.offer([OTHER_HOST], false, 0);
  deliver(1);
  client = end('client', 'client2');
  client.offer([HOST], false, 2);
  boxes = [];
  gateway.offer([HOST], true, 3);
  const [told] = boxes;
  if (told !== undefined) client.take(told.box, 4);
  boxes = [];
  client.repeat(600);
  expect(boxes).toHaveLength(1);
});

test('a box that is none is nothing', () => {
  expect(gateway.take(randomBytes(200), 0)).toBeNull();
});

test('T2: how an end can be reached is told when it is news, and before each offer', () => {
  const told: ToldReachability = {
    policy: 'direct-preferred',
    families: ['IPv4'],
    stun: 'answered',
    mapping: 'unknown',
    relayReason: null,
  };
  client.reachability(told);
  expect(deliver(0)).toEqual([{ type: 'reachability', reachability: told }]);
  client.reachability({ ...told });
  expect(boxes).toEqual([]);
  const changed = { ...told, relayReason: 'nat-client' as const };
  isRelayThere = false;
  client.reachability(changed);
  isRelayThere = true;
  client.offer([HOST], false, 1);
  expect(deliver(1)).toMatchObject([{ type: 'reachability', reachability: changed }, { type: 'offer' }]);
});
