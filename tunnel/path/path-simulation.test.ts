/** Both path machines against a model network: a direct path is found exactly when there is one. */
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PACKET_BYTES, PADDED_CHECK_BYTES } from './path-size.ts';
import { PATH_TIMES } from './path-times.ts';
import { isDirectPossible, NAT_KINDS, type NatKind } from './testing/model-nat.ts';
import { type Blockade, type ModelOptions, ModelSession } from './testing/model-session.ts';

const CALM: ModelOptions = {
  ...{ client: 'port-restricted', gateway: 'port-restricted', shared: false, hairpin: false },
  ...{ latency: 15, relayLatency: 40, natExpires: 30_000, loss: 0, seed: 1 },
};
const NO_BLOCKADE: Blockade = { toGateway: 'nothing', toClient: 'nothing' };

/** Milliseconds: candidates, checks, trial, with the slowest round trips of the model. */
const FOUND_WITHIN = 5000;
/** From the death of a path to the next packet: heartbeats, the relay's latency, one packet's interval. */
const RESTORED_WITHIN = 1500;
/** Longer than the longest hold and the longest pause between two rounds. */
const FOUND_AGAIN_WITHIN = 90_000;

/** A round of checks, and the round trip that belongs to its last one. */
const SEARCHED_WITHIN = 10_000;

const anyNat = fc.constantFrom(...NAT_KINDS);
const anyNetwork = fc.record({
  ...{ client: anyNat, gateway: anyNat, shared: fc.boolean(), hairpin: fc.boolean() },
  ...{ latency: fc.integer({ min: 1, max: 150 }), relayLatency: fc.integer({ min: 1, max: 250 }) },
  ...{ natExpires: fc.integer({ min: 20_000, max: 120_000 }), loss: fc.constant(0), seed: fc.nat() },
});

function oracle({ client, gateway, shared, hairpin }: ModelOptions): boolean {
  if (!shared) return isDirectPossible(client, gateway);
  // Behind one and the same NAT the two meet at its outside, if it lets them.
  return client === 'open' || (hairpin && isDirectPossible(client, client));
}

/** After a round of checks, while there is no direct path. */
function expectedReason(network: ModelOptions): RelayReason | null {
  const kinds = { client: network.client, gateway: network.shared ? network.client : network.gateway };
  if (oracle(network)) return null;
  if (kinds.client === 'blocked') return kinds.gateway === 'blocked' ? 'udp-blocked-both' : 'udp-blocked-client';
  if (kinds.gateway === 'blocked') return 'udp-blocked-gateway';
  if (kinds.client === 'symmetric') return kinds.gateway === 'symmetric' ? 'nat-both' : 'nat-client';
  return kinds.gateway === 'symmetric' ? 'nat-gateway' : 'unanswered';
}

/** Runs that once failed, kept. */
const FOUND_FAILING: readonly ModelOptions[] = [];

describe('T2: the direct path', () => {
  const pairs = NAT_KINDS.flatMap((client) => NAT_KINDS.map((gateway) => [client, gateway] as const));

  test.each(pairs)('of a client behind %s and a gateway behind %s is found when there is one', (client, gateway) => {
    const session = new ModelSession({ ...CALM, client, gateway });
    session.run(FOUND_WITHIN);
    expect(session.path).toBe(isDirectPossible(client, gateway) ? 'direct' : 'relay');
  });

  test('is found exactly when the model says that one exists, and taking it loses nothing', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const session = new ModelSession(network);
        session.run(FOUND_WITHIN);
        expect(session.path).toBe(oracle(network) ? 'direct' : 'relay');
        expect(session.missing(1000)).toBe(0);
        expect(session.relayReason).toBe(oracle(network) ? null : 'searching');
        session.run(SEARCHED_WITHIN);
        expect(session.relayReason).toBe(expectedReason(network));
      }),
      { numRuns: 300, examples: FOUND_FAILING.map((network) => [network]) },
    );
  });

  test('is found on a line that loses packets', () => {
    const lossy = fc.record({ seed: fc.nat(), loss: fc.double({ min: 0.01, max: 0.1, noNaN: true }) });
    fc.assert(
      fc.property(lossy, (line) => {
        const session = new ModelSession({ ...CALM, ...line });
        session.run(20_000);
        expect(session.takeLargestGap()).toBeLessThanOrEqual(RESTORED_WITHIN);
        const found = Array.from({ length: 40 }, () => {
          session.run(500);
          return session.path === 'direct';
        });
        expect(found).toContain(true);
      }),
      { numRuns: 25 },
    );
  });
});

describe('T5: a direct path that dies', () => {
  const deaths: readonly (readonly [string, Partial<Blockade>])[] = [
    ['both ways', { toGateway: 'everything', toClient: 'everything' }],
    ['towards the gateway', { toGateway: 'everything' }],
    ['towards the client', { toClient: 'everything' }],
    ["for WireGuard's packets", { toGateway: 'wireguard', toClient: 'wireguard' }],
    ["for WireGuard's packets towards the gateway", { toGateway: 'wireguard' }],
    ["for WireGuard's packets towards the client", { toClient: 'wireguard' }],
    ['for STUN', { toGateway: 'stun', toClient: 'stun' }],
  ];

  test.each(deaths)('%s: data goes on within the bound, and the path is found again', (_, blocked) => {
    const kinds = fc.constantFrom<NatKind>('open', 'full-cone', 'address-restricted', 'port-restricted');
    const scene = fc.record({
      ...{ client: kinds, gateway: kinds, seed: fc.nat() },
      after: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(scene, ({ after, ...kind }) => {
        const session = new ModelSession({ ...CALM, ...kind });
        session.run(FOUND_WITHIN + after);
        expect(session.path).toBe('direct');
        session.takeLargestGap();
        session.blockade = { ...NO_BLOCKADE, ...blocked };
        session.run(12_000);
        expect(session.takeLargestGap()).toBeLessThanOrEqual(RESTORED_WITHIN);
        session.blockade = NO_BLOCKADE;
        session.run(FOUND_AGAIN_WITHIN);
        expect(session.path).toBe('direct');
        expect(session.takeLargestGap()).toBeLessThanOrEqual(RESTORED_WITHIN);
      }),
      { numRuns: 12 },
    );
  });

  test('is told as lost at once; where only checks pass, and where nothing does, as what it is', () => {
    const session = new ModelSession(CALM);
    session.run(FOUND_WITHIN);
    expect(session.relayReason).toBeNull();
    session.blockade = { toGateway: 'everything', toClient: 'everything' };
    session.run(2 * RESTORED_WITHIN);
    expect(session.relayReason).toBe('path-lost');
    session.run(2 * SEARCHED_WITHIN);
    expect(session.relayReason).toBe('unanswered');
    session.blockade = { toGateway: 'wireguard', toClient: 'wireguard' };
    session.run(FOUND_AGAIN_WITHIN);
    expect(session.relayReason).toBe('wireguard-blocked');
    session.blockade = NO_BLOCKADE;
    session.run(FOUND_AGAIN_WITHIN);
    expect([session.path, session.relayReason]).toEqual(['direct', null]);
  });

  test('again and again is left alone, longer each time, and taken again when it lasts', () => {
    const session = new ModelSession(CALM);
    session.run(FOUND_WITHIN);
    session.takeLargestGap();
    const seen: { readonly path: string; readonly reason: string | null }[] = [];
    for (let round = 0; round < 24; round += 1)
      for (const blocked of ['everything', 'nothing'] as const) {
        session.blockade = { toGateway: blocked, toClient: blocked };
        for (let looks = 0; looks < 25; looks += 1) {
          session.run(100);
          seen.push({ path: session.path, reason: session.relayReason });
        }
      }
    const falls = seen.filter(({ path }, index) => path === 'relay' && seen[index - 1]?.path === 'direct');
    expect(falls.length).toBeLessThanOrEqual(6);
    expect(seen.map(({ reason }) => reason)).toContain('unstable');
    expect(session.takeLargestGap()).toBeLessThanOrEqual(RESTORED_WITHIN);
    session.run(FOUND_AGAIN_WITHIN);
    expect([session.path, session.relayReason]).toEqual(['direct', null]);
  });

  test("does not die with the gateway's service: while the kernel carries, the path stays, and no packet is lost", () => {
    fc.assert(
      fc.property(fc.nat(4000), fc.integer({ min: 1, max: 150 }), (busy, latency) => {
        const session = new ModelSession({ ...CALM, latency });
        session.run(FOUND_WITHIN + busy);
        session.isGatewayMute = true;
        for (let looks = 0; looks < busy / 100; looks += 1) {
          session.run(100);
          expect(session.path).toBe('direct');
        }
        session.isGatewayMute = false;
        session.run(1000);
        expect([session.path, session.missing(1000)]).toEqual(['direct', 0]);
      }),
      { numRuns: 25 },
    );
  });

  test.each(['client', 'gateway'] as const)("whose %s's NAT reboots: data goes on, and a new path is found", (side) => {
    const session = new ModelSession(CALM);
    session.run(FOUND_WITHIN);
    session.takeLargestGap();
    session[side].nat.reboot();
    session.run(FOUND_AGAIN_WITHIN);
    expect(session.takeLargestGap()).toBeLessThanOrEqual(RESTORED_WITHIN);
    expect(session.path).toBe('direct');
  });
});

describe('K02: the size of packets', () => {
  const narrow = PADDED_CHECK_BYTES - 1;
  const wide = 1452;
  const narrowWays = fc.constantFrom(
    { toGateway: narrow, toClient: narrow },
    { toGateway: narrow, toClient: wide },
    { toGateway: wide, toClient: narrow },
  );
  /** A padded check comes when its time has come, three are missed, and the gateway is told. */
  const narrowedWithin = PATH_TIMES.sizeCheck + 4 * PATH_TIMES.sizeRetry + 2 * PATH_TIMES.heartbeat;

  test('is full on a path that carries full packets', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const session = new ModelSession(network);
        session.run(FOUND_WITHIN);
        expect(session.packetBytes).toBe(PACKET_BYTES.full);
      }),
      { numRuns: 50 },
    );
  });

  test('is the base size on a narrow path, and no packet is lost by finding it', () => {
    fc.assert(
      fc.property(anyNetwork, narrowWays, (network, width) => {
        const session = new ModelSession(network);
        session.width = width;
        session.run(FOUND_WITHIN);
        const isDirect = oracle(network);
        expect(session.path).toBe(isDirect ? 'direct' : 'relay');
        expect(session.packetBytes).toBe(isDirect ? PACKET_BYTES.base : PACKET_BYTES.full);
        session.run(10_000);
        expect(session.missing(1000)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test('falls when a path becomes narrow in mid-session, and rises when it is wide again', () => {
    const latency = fc.integer({ min: 1, max: 150 });
    fc.assert(
      fc.property(fc.nat(6000), latency, narrowWays, (after, delay, width) => {
        const session = new ModelSession({ ...CALM, latency: delay });
        session.run(FOUND_WITHIN + after);
        expect(session.packetBytes).toBe(PACKET_BYTES.full);
        session.takeLargestGap();
        session.width = width;
        session.run(3 * narrowedWithin);
        expect(session.takeLargestGap()).toBeLessThanOrEqual(narrowedWithin);
        session.run(FOUND_AGAIN_WITHIN);
        expect([session.path, session.packetBytes]).toEqual(['direct', PACKET_BYTES.base]);
        session.width = { toGateway: wide, toClient: wide };
        session.run(PATH_TIMES.sizeRaise);
        expect([session.path, session.packetBytes]).toEqual(['direct', PACKET_BYTES.full]);
        expect(session.takeLargestGap()).toBeLessThanOrEqual(RESTORED_WITHIN);
      }),
      { numRuns: 12 },
    );
  });
});
