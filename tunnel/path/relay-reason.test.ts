import type { Reachability } from '@edgegateway/protocol/signal';
import { describe, expect, test } from 'vitest';
import type { CheckPair } from './check-list.ts';
import { type ClientPath, initialClientPath, type Trial } from './client-path.ts';
import { newSizeSearch } from './path-size.ts';
import { relayReasonOf } from './relay-reason.ts';

const NOW = 100_000;
const OPEN: Reachability = {
  ...{ policy: 'direct-preferred', families: ['IPv4'], stun: 'answered', mapping: 'endpoint-independent' },
};
const BLOCKED: Reachability = { ...OPEN, stun: 'unanswered', mapping: 'unknown' };
const SYMMETRIC: Reachability = { ...OPEN, mapping: 'endpoint-dependent' };

const PAIR: CheckPair = {
  ...{ base: 'IPv4', remote: { kind: 'host', address: '192.0.2.7', port: 5000 } },
  ...{ checks: 0, nextAt: NOW, answeredAt: null, roundTripMs: null, loss: 0, isAnswerOpen: false },
  ...{ failure: null, heldUntil: 0, holds: 0, size: newSizeSearch(0) },
};
const ID = { base: PAIR.base, remote: PAIR.remote };

const pathWith = (changes: Partial<ClientPath>): ClientPath => ({
  ...initialClientPath(0),
  ...{ stage: { state: 'probing' }, remotes: [PAIR.remote], pairs: [PAIR] },
  ...changes,
});
const FRUITLESS = pathWith({ search: 'fruitless' });

describe('T2: why a relay carries', () => {
  test('nothing on the direct path, also while another one is tried', () => {
    expect(relayReasonOf(pathWith({ stage: { state: 'direct', pair: ID, since: 0 } }), OPEN, OPEN, NOW)).toBeNull();
    const stage: Trial = {
      ...{ state: 'trial' as const, pair: ID, from: ID, since: 0, nominateAt: 0, adoptedAt: null, epoch: 1 },
      before: { authenticated: 0, delivered: 0 },
    };
    expect(relayReasonOf(pathWith({ stage }), OPEN, OPEN, NOW)).toBeNull();
    expect(relayReasonOf(pathWith({ stage: { ...stage, from: null } }), OPEN, OPEN, NOW)).toBe('searching');
  });

  test('the policy, whatever else there is', () => {
    const own = { ...OPEN, policy: 'relay-only' } as const;
    expect(relayReasonOf(FRUITLESS, own, BLOCKED, NOW)).toBe('relay-only');
    expect(relayReasonOf(initialClientPath(0), own, null, NOW)).toBe('relay-only');
  });

  test('no common family, as soon as both are known', () => {
    const gateway = { ...OPEN, families: ['IPv6' as const] };
    const nothing = initialClientPath(0);
    expect(relayReasonOf(nothing, OPEN, null, NOW)).toBe('searching');
    expect(relayReasonOf(nothing, null, gateway, NOW)).toBe('searching');
    expect(relayReasonOf(nothing, OPEN, gateway, NOW)).toBe('no-common-family');
    expect(relayReasonOf(nothing, OPEN, { ...gateway, families: ['IPv4', 'IPv6'] }, NOW)).toBe('searching');
    expect(relayReasonOf(FRUITLESS, { ...OPEN, families: [] }, OPEN, NOW)).toBe('no-common-family');
  });

  test('a gateway of before tells its families by its candidates', () => {
    const remotes = [{ kind: 'host', address: '2001:db8::1', port: 5000 }] as const;
    expect(relayReasonOf(pathWith({ remotes, pairs: [] }), OPEN, null, NOW)).toBe('no-common-family');
    expect(relayReasonOf(FRUITLESS, OPEN, null, NOW)).toBe('unanswered');
  });

  test.for([
    [BLOCKED, OPEN, 'udp-blocked-client'],
    [OPEN, BLOCKED, 'udp-blocked-gateway'],
    [BLOCKED, BLOCKED, 'udp-blocked-both'],
    [BLOCKED, SYMMETRIC, 'udp-blocked-client'],
    [SYMMETRIC, OPEN, 'nat-client'],
    [OPEN, SYMMETRIC, 'nat-gateway'],
    [SYMMETRIC, SYMMETRIC, 'nat-both'],
    [OPEN, OPEN, 'unanswered'],
  ] as const)('after a round without result: %#', ([client, gateway, reason]) => {
    expect(relayReasonOf(FRUITLESS, client, gateway, NOW)).toBe(reason);
    expect(relayReasonOf(pathWith({ search: 'open' }), client, gateway, NOW)).toBe('searching');
    expect(relayReasonOf(pathWith({ search: 'lost' }), client, gateway, NOW)).toBe('path-lost');
  });

  test('a path that is suspect has just been lost', () => {
    const stage = { state: 'suspect', pair: ID, since: NOW, both: false } as const;
    expect(relayReasonOf(pathWith({ stage }), OPEN, OPEN, NOW)).toBe('path-lost');
  });

  test('checks pass and WireGuard does not: only while they pass', () => {
    const failure = { at: NOW - 90_000, kind: 'filtered' } as const;
    const pairs = [{ ...PAIR, failure, answeredAt: NOW - 100 }];
    expect(relayReasonOf(pathWith({ pairs, search: 'fruitless' }), OPEN, SYMMETRIC, NOW)).toBe('wireguard-blocked');
    const before = [{ ...PAIR, failure, answeredAt: NOW - 60_000 }];
    expect(relayReasonOf(pathWith({ pairs: before, search: 'fruitless' }), OPEN, OPEN, NOW)).toBe('unanswered');
    const since = [{ ...PAIR, failure: { ...failure, at: NOW - 50 }, answeredAt: NOW - 100 }];
    expect(relayReasonOf(pathWith({ pairs: since, search: 'lost' }), OPEN, OPEN, NOW)).toBe('path-lost');
  });

  test('a path that falls again and again is unstable, while it is left alone', () => {
    const failure = { at: NOW - 1000, kind: 'fell' } as const;
    const pairs = [{ ...PAIR, failure, heldUntil: NOW + 1, answeredAt: NOW - 100 }];
    expect(relayReasonOf(pathWith({ pairs, search: 'lost' }), OPEN, OPEN, NOW)).toBe('unstable');
    expect(relayReasonOf(pathWith({ pairs, search: 'lost' }), OPEN, OPEN, NOW + 1)).toBe('path-lost');
  });
});
