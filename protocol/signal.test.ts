import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSignal, type SignalMessage, sealSignal, signalKey } from './signal.ts';

const secret = randomBytes(32).toString('base64');
const [client = '', gateway = ''] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));
const key = signalKey(secret, client, gateway);

const OFFER: SignalMessage = {
  type: 'offer',
  ...{ fragment: 'fragment', password: 'p'.repeat(32), revision: 3, heard: { fragment: 'other', revision: 1 } },
  candidates: [
    { kind: 'host', address: '192.0.2.7', port: 51820 },
    { kind: 'server-reflexive', address: '2001:db8::1', port: 40000 },
  ],
};

test('A2: what one end seals the other opens, whole', () => {
  expect(openSignal(key, sealSignal(key, OFFER))).toEqual(OFFER);
  const pulse: SignalMessage = { type: 'pulse', receivedDirect: 12, sent: 34 };
  expect(openSignal(key, sealSignal(key, pulse))).toEqual(pulse);
  const reachability: SignalMessage = {
    ...{ type: 'reachability', policy: 'direct-preferred', families: ['IPv4'], stun: 'answered' },
    ...{ mapping: 'endpoint-dependent', relayReason: 'nat-client' },
  };
  expect(openSignal(key, sealSignal(key, reachability))).toEqual(reachability);
});

test('A2: a box is nothing to who has another secret, and nothing when it is sent back', () => {
  const box = sealSignal(key, OFFER);
  expect(openSignal(signalKey(randomBytes(32).toString('base64'), client, gateway), box)).toBeNull();
  expect(openSignal(signalKey(secret, gateway, client), box)).toBeNull();
});

test('A2: nothing of the message stands in the box', () => {
  const box = Buffer.from(sealSignal(key, OFFER));
  for (const text of ['192.0.2.7', 'offer', OFFER.type === 'offer' ? OFFER.password : ''])
    expect(box.includes(text)).toBe(false);
});

test('a box of which any bit was changed is refused', () => {
  const box = sealSignal(key, OFFER);
  fc.assert(
    fc.property(fc.nat(box.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(box);
      changed[at] = (changed[at] ?? 0) ^ by;
      expect(openSignal(key, changed)).toBeNull();
    }),
  );
});

test('any bytes in place of a box are refused, and no error leaves', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
      expect(openSignal(key, bytes)).toBeNull();
    }),
  );
});

test('a sealed message that says what nobody understands is refused', () => {
  const strange = { type: 'offer', candidates: [{ kind: 'host', address: 'host.example', port: 0 }] };
  // The other end may be a newer or a broken one: what is sealed is still read by the schema.
  const box = Reflect.apply(sealSignal, undefined, [key, strange]);
  expect(box instanceof Uint8Array ? openSignal(key, box) : 'no box').toBeNull();
});
