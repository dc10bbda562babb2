import { RELAY_TOKEN_AUDIENCE, type RelayTokenClaims } from '@edgegateway/protocol/relay-token';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RoutingTable } from './routing-table.ts';

const LIMITS = { sessionsOfOneConnection: 8, bytesOfOneToken: { perSecond: 1000, burst: 1000 } };

const claims = (sub: string, peers: readonly string[], sid = 's1', exp = 1000): RelayTokenClaims => ({
  aud: RELAY_TOKEN_AUDIENCE,
  sub,
  peers: [...peers],
  sid,
  exp,
});

test('T4: two ends are joined only when both tokens name the other for the same session', () => {
  const table = new RoutingTable<string>(LIMITS);
  for (const key of ['G', 'C']) table.attach(key, `${key}'s`);
  table.open("G's", claims('G', ['C']));
  expect(table.route("G's", 0)).toBeNull();
  table.open("C's", claims('C', ['G'], 'other session'));
  expect(table.route("G's", 0)).toBeNull();
  table.open("C's", claims('C', ['X']));
  expect(table.route("G's", 0)).toBeNull();
  table.open("C's", claims('C', ['G']));
  const route = table.route("G's", 0);
  expect(route?.to).toBe("C's");
  expect(table.route("C's", route?.channel ?? -1)).toMatchObject({ to: "G's", channel: 0 });
});

test('T4: claims of another key than the connection has proved open nothing', () => {
  const table = new RoutingTable<string>(LIMITS);
  table.attach('G', "G's");
  expect(table.open("G's", claims('C', ['X']))).toEqual([]);
});

test('C6: a later token keeps the channels of peers that stay, adds new ones and closes the others', () => {
  const table = new RoutingTable<string>(LIMITS);
  for (const key of ['C', 'G1', 'G2', 'G3']) table.attach(key, key);
  for (const key of ['G1', 'G2', 'G3']) table.open(key, claims(key, ['C']));
  table.open('C', claims('C', ['G1', 'G2']));
  const notices = table.open('C', claims('C', ['G2', 'G3'], 's1', 2000));
  expect(notices).toContainEqual({
    to: 'C',
    message: {
      type: 'opened',
      sessionId: 's1',
      channels: [
        { channel: 1, peer: 'G2', present: true },
        { channel: 2, peer: 'G3', present: true },
      ],
    },
  });
  expect(notices).toContainEqual({ to: 'G1', message: { type: 'presence', channel: 0, present: false } });
  expect(notices).toContainEqual({ to: 'G3', message: { type: 'presence', channel: 0, present: true } });
  expect(table.route('C', 0)).toBeNull();
  expect(
    table
      .expire(1500)
      .filter(({ message }) => message.type === 'refused')
      .map(({ to }) => to),
  ).toEqual(['G1', 'G2', 'G3']);
});

test('T4: a channel number is not used again while frames of its former meaning may be under way', () => {
  const table = new RoutingTable<string>(LIMITS);
  table.attach('C', 'C');
  table.open('C', claims('C', ['G1']));
  table.close('C', 's1');
  const [opened] = table.open('C', claims('C', ['G2'], 's2'));
  expect(opened?.message).toMatchObject({ channels: [{ channel: 1, peer: 'G2' }] });
});

test('T4: a connection has no more sessions than the limit', () => {
  const table = new RoutingTable<string>({ ...LIMITS, sessionsOfOneConnection: 1 });
  table.attach('C', 'C');
  table.open('C', claims('C', ['G']));
  const [refused] = table.open('C', claims('C', ['G'], 's2'));
  expect(refused?.message).toMatchObject({ type: 'refused', code: 'too-many-sessions', sessionId: 's2' });
});

test('T4: what a token may send is shared by its peers, and is not had anew by opening it again', () => {
  const table = new RoutingTable<string>(LIMITS);
  for (const key of ['C', 'G1', 'G2']) table.attach(key, key);
  for (const key of ['G1', 'G2']) table.open(key, claims(key, ['C']));
  table.open('C', claims('C', ['G1', 'G2']));
  expect(table.route('C', 0)?.tokenBytes.take(0, 800)).toBe(true);
  table.open('C', claims('C', ['G1', 'G2'], 's1', 2000));
  expect(table.route('C', 1)?.tokenBytes.take(0, 800)).toBe(false);
  expect(table.route('G1', 0)?.tokenBytes.take(0, 800)).toBe(true);
  expect(table.sessions).toBe(1);
});

test('T4: an expired token carries nothing', () => {
  const table = new RoutingTable<string>(LIMITS);
  for (const key of ['G', 'C']) table.attach(key, key);
  table.open('G', claims('G', ['C'], 's1', 1000));
  table.open('C', claims('C', ['G'], 's1', 2000));
  expect(table.expire(999)).toEqual([]);
  const notices = table.expire(1000);
  expect(notices).toContainEqual({ to: 'C', message: { type: 'presence', channel: 0, present: false } });
  expect(notices.find(({ to }) => to === 'G')?.message).toMatchObject({ type: 'refused', code: 'token-expired' });
  expect(table.route('C', 0)).toBeNull();
});

test('A2, T4: whatever ends do, a frame passes exactly between connections whose open tokens name each other', () => {
  const KEYS = ['A', 'B', 'C'] as const;
  const key = fc.constantFrom(...KEYS);
  const sid = fc.constantFrom('s1', 's2');
  const action = fc.oneof(
    fc.record({ do: fc.constant('attach' as const), key }),
    fc.record({ do: fc.constant('detach' as const), key }),
    fc.record({ do: fc.constant('close' as const), key, sid }),
    fc.record({ do: fc.constant('expire' as const), at: fc.nat(20) }),
    fc.record({
      do: fc.constant('open' as const),
      key,
      sid,
      peers: fc.subarray([...KEYS], { minLength: 1 }),
      exp: fc.nat(20),
    }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const table = new RoutingTable<{ key: string }>(LIMITS);
      const connections = new Map<string, { key: string }>();
      const tokens = new Map<string, Map<string, { peers: string[]; exp: number }>>();
      const channels = new Map<string, { sid: string; peer: string }>();
      for (const step of actions) {
        if (step.do === 'expire') {
          table.expire(step.at);
          for (const ofKey of tokens.values())
            for (const [sessionId, { exp }] of ofKey) if (exp <= step.at) ofKey.delete(sessionId);
          continue;
        }
        const connection = connections.get(step.key);
        if (step.do === 'attach') {
          const fresh = { key: step.key };
          expect(table.attach(step.key, fresh).replaced).toBe(connection ?? null);
          connections.set(step.key, fresh);
          tokens.set(step.key, new Map());
          for (const name of [...channels.keys()]) if (name.startsWith(step.key)) channels.delete(name);
        } else if (connection === undefined) continue;
        else if (step.do === 'detach') {
          table.detach(connection);
          connections.delete(step.key);
          tokens.delete(step.key);
        } else if (step.do === 'close') {
          table.close(connection, step.sid);
          tokens.get(step.key)?.delete(step.sid);
        } else {
          const peers = step.peers.filter((peer) => peer !== step.key);
          if (peers.length === 0) continue;
          const opened = table.open(connection, claims(step.key, peers, step.sid, step.exp))[0]?.message;
          if (opened?.type !== 'opened') throw new Error('the session was not opened');
          tokens.get(step.key)?.set(step.sid, { peers, exp: step.exp });
          for (const { channel, peer } of opened.channels)
            channels.set(`${step.key}${channel}`, { sid: step.sid, peer });
        }
      }
      for (const [ownKey, connection] of connections)
        for (let channel = 0; channel < 60; channel += 1) {
          const meaning = channels.get(`${ownKey}${channel}`);
          const route = table.route(connection, channel);
          const allowed =
            meaning !== undefined &&
            tokens.get(ownKey)?.get(meaning.sid)?.peers.includes(meaning.peer) === true &&
            tokens.get(meaning.peer)?.get(meaning.sid)?.peers.includes(ownKey) === true;
          if (route !== null) expect({ allowed, to: route.to.key }).toEqual({ allowed: true, to: meaning?.peer });
        }
      for (const [ownKey, connection] of connections)
        for (const [sessionId, { peers }] of tokens.get(ownKey) ?? [])
          for (const peer of peers) {
            if (tokens.get(peer)?.get(sessionId)?.peers.includes(ownKey) !== true) continue;
            const reached = Array.from({ length: 60 }, (_value, channel) => table.route(connection, channel));
            expect(reached.some((route) => route?.to === connections.get(peer))).toBe(true);
          }
    }),
  );
});
