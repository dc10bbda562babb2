import { randomBytes } from 'node:crypto';
import type { Reachability, SignalCandidate } from '@edgegateway/protocol/signal';
import { beforeEach, expect, test } from 'vitest';
import { PeerChecks } from './io/peer-checks.ts';
import { PeerOffers } from './io/peer-offers.ts';
import { initialGatewayPath } from './path/gateway-path.ts';
import { PACKET_BYTES } from './path/path-size.ts';
import { initialPathState, type PathInput } from './path/path-state.ts';
import { type SignalledPeer, Signalling } from './signalling.ts';
import type { PathPolicy } from './tunnel-engine.ts';

const HOST: SignalCandidate = { kind: 'host', address: '192.0.2.7', port: 5000 };
const INSIDE: SignalCandidate = { kind: 'host', address: '192.168.250.10', port: 5000 };
const secret = randomBytes(32).toString('base64');
const [ownKey = '', peerKey = ''] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));

let asked: number;
let heard: number;
let steps: PathInput[];
/** Addresses that lead into the tunnel. */
let told: string[];
let candidates: readonly SignalCandidate[];
/** What this end told, sealed. */
let boxes: Uint8Array[];
let peer: SignalledPeer;
let other: PeerOffers;
let otherBoxes: Uint8Array[];

function offersOf(isPeer: boolean, sent: Uint8Array[]): PeerOffers {
  return new PeerOffers({
    secret,
    ownPublicKey: isPeer ? peerKey : ownKey,
    peerPublicKey: isPeer ? ownKey : peerKey,
    local: new PeerChecks('gateway', () => undefined).local,
    send: (box) => sent.push(box) > 0,
  });
}

function signalling(policy: PathPolicy = 'direct-preferred'): Signalling<SignalledPeer> {
  return new Signalling({
    policy,
    direct: {
      bases: [],
      reachability: { families: ['IPv4'], stun: 'answered', mapping: 'unknown' },
      get candidates() {
        return candidates;
      },
      ask: () => {
        asked += 1;
      },
    },
    peers: () => [peer],
    step: (_peer, input) => steps.push(input),
    onHeard: () => {
      heard += 1;
    },
    onInside: (_peer, address) => told.push(address),
  });
}

beforeEach(() => {
  [asked, heard, steps, told, boxes, otherBoxes, candidates] = [0, 0, [], [], [], [], [HOST]];
  peer = {
    configured: { allowedAddresses: [INSIDE.address] },
    checks: new PeerChecks('gateway', () => undefined),
    offers: offersOf(false, boxes),
    path: initialPathState('gateway', true, 0),
    traffic: { relayDelivered: 0, directDelivered: new Map(), directSent: 0 },
    pulse: () => ({ receivedDirect: 1, sent: 2 }),
    reachability: null,
    relayReason: () => 'searching',
  };
  other = offersOf(true, otherBoxes);
});

test('T3: who is told candidates asks the STUN servers again: its own NAT may give another port by now', () => {
  other.offer([HOST], false, 0);
  signalling().received(peer, otherBoxes);
  expect(asked).toBe(1);
  expect(steps).toEqual([{ type: 'candidates', candidates: [HOST] }]);
  expect(heard).toBe(1);
});

test('K04, T2: an address of the other end, its own or that of its NAT, is no candidate where it leads into the tunnel, and that is told once', () => {
  const outside: SignalCandidate = { kind: 'server-reflexive', address: INSIDE.address, port: 40_000 };
  const end = signalling();
  other.offer([INSIDE, outside, HOST], false, 0);
  end.received(peer, otherBoxes.splice(0));
  other.offer([INSIDE, HOST], true, 0);
  end.received(peer, otherBoxes);
  expect(steps).toEqual([
    { type: 'candidates', candidates: [HOST] },
    { type: 'candidates', candidates: [HOST] },
  ]);
  expect(told).toEqual([INSIDE.address]);
});

test('T2: with the relay as the only path nothing is asked and nothing taken', () => {
  other.offer([HOST], false, 0);
  signalling('relay-only').received(peer, otherBoxes);
  expect([asked, steps]).toEqual([0, []]);
});

test('a reading of the other end comes after what this end counted until then', () => {
  other.pulse({ receivedDirect: 7, sent: 9 });
  signalling().received(peer, otherBoxes);
  expect(steps.map(({ type }) => type)).toEqual(['traffic', 'pulse']);
  expect(asked).toBe(0);
});

test('without a transport nothing is offered, and the same candidates are told again only when asked to', () => {
  const own = signalling();
  candidates = [];
  own.offerTo(peer, true);
  expect(boxes).toHaveLength(0);
  candidates = [HOST];
  own.offerTo(peer, false);
  own.offerTo(peer, false);
  expect(boxes).toHaveLength(1);
  own.offerTo(peer, true);
  expect(boxes).toHaveLength(2);
});

test('a reading is told only while WireGuard sends directly', () => {
  const counters = { publicKey: peerKey, endpoint: null, latestHandshakeAt: 1, receivedBytes: 1, sentBytes: 2 };
  signalling().tellReading(peer, counters);
  expect(boxes).toHaveLength(0);
  const followed = { pair: { base: 'base', remote: HOST }, epoch: 1, packetBytes: PACKET_BYTES.full };
  peer.path = { ...peer.path, direct: { ...initialGatewayPath(), followed } };
  signalling().tellReading(peer, counters);
  expect(boxes.map((box) => other.take(box, 0))).toMatchObject([
    { type: 'pulse', pulse: { receivedDirect: 1, sent: 2 } },
  ]);
});

test('T2: with the relay as the only path just that is told: the other end says why, and stops telling its candidates', () => {
  const end = signalling('relay-only');
  candidates = [];
  other.offer([HOST], false, 0);
  end.offerTo(peer, false);
  end.tellReachability(peer);
  const signals = boxes.map((box) => other.take(box, 1));
  expect(signals).toMatchObject([
    { type: 'offer', candidates: [] },
    { type: 'reachability', reachability: { policy: 'relay-only', relayReason: null } },
  ]);
  end.received(peer, otherBoxes.splice(0));
  for (const box of boxes.splice(0)) other.take(box, 2);
  otherBoxes.length = 0;
  other.repeat(10_000);
  expect(otherBoxes).toEqual([]);
});

test('T2: what the other end says of how it can be reached is kept, and changes no path', () => {
  const said: Reachability = { policy: 'direct-preferred', families: ['IPv6'], stun: 'unanswered', mapping: 'unknown' };
  other.reachability({ ...said, relayReason: 'udp-blocked-gateway' });
  signalling().received(peer, otherBoxes);
  expect(peer.reachability).toEqual({ ...said, relayReason: 'udp-blocked-gateway' });
  expect([asked, steps]).toEqual([0, []]);
});

test('T2: a client tells why the relay carries beside how it can be reached; a gateway leaves that to the client', () => {
  signalling().tellReachability(peer);
  peer.path = initialPathState('client', true, 0);
  signalling().tellReachability(peer);
  const reasons = boxes
    .map((box) => other.take(box, 0))
    .map((signal) => (signal?.type === 'reachability' ? signal.reachability.relayReason : 'none'));
  expect(reasons).toEqual([null, 'searching']);
});
