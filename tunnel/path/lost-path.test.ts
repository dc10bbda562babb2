/** What both ends do when a direct path dies, beside handing packets to the relay. */
import { expect, test } from 'vitest';
import type { PairId } from './check-list.ts';
import { type ClientPath, clientDecides, clientObserves, initialClientPath } from './client-path.ts';
import type { DirectOutput } from './direct-events.ts';
import { gatewayDecides, gatewayObserves, initialGatewayPath } from './gateway-path.ts';
import { CHECKS_OF_A_ROUND, PATH_TIMES } from './path-times.ts';

const BASE = { name: 'base', family: 'IPv4' } as const;
const GATEWAY = { kind: 'server-reflexive', address: '203.0.113.1', port: 40_000 } as const;
const MOVED = { ...GATEWAY, port: 50_001 } as const;
const PAIR: PairId = { base: BASE.name, remote: GATEWAY };
const STEP = 100;

function told(now: number): ClientPath {
  const path = clientObserves(initialClientPath(now), { type: 'bases', bases: [BASE] }, now);
  return clientObserves(path, { type: 'candidates', candidates: [GATEWAY] }, now);
}

/** Nothing answers. Gives the times at which a new round was asked for, with what the engine tells back each time. */
function roundsWithin(milliseconds: number, candidates: readonly (typeof GATEWAY | typeof MOVED)[]): readonly number[] {
  let path = told(0);
  const rounds: number[] = [];
  for (let now = 0; now <= milliseconds; now += STEP) {
    const outputs: DirectOutput[] = [];
    path = clientDecides(path, true, now, outputs);
    if (!outputs.some(({ type }) => type === 'offer')) continue;
    const candidate = candidates[rounds.length % candidates.length] ?? GATEWAY;
    rounds.push(now);
    path = clientObserves(path, { type: 'bases', bases: [BASE] }, now);
    path = clientObserves(path, { type: 'candidates', candidates: [candidate] }, now);
  }
  return rounds;
}

test('T2: rounds without result come slower each time, though both ends tell the same candidates each time', () => {
  const rounds = roundsWithin(300_000, [GATEWAY]);
  const pauses = rounds.map((round, index) => round - (rounds[index - 1] ?? 0)).slice(1);
  expect(pauses.length).toBeGreaterThan(3);
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
  expect(pauses.at(-1)).toBe(PATH_TIMES.longestRetry);
});

test('T2: candidates that are others each time are a reason to look again soon', () => {
  const rounds = roundsWithin(300_000, [MOVED, GATEWAY]);
  const longestRound = CHECKS_OF_A_ROUND * 1000;
  for (const [index, round] of rounds.entries())
    expect(round - (rounds[index - 1] ?? 0)).toBeLessThanOrEqual(Math.max(PATH_TIMES.firstRetry, longestRound) + STEP);
});

test('T5: a path that is suspect makes both ends learn their addresses anew, and the relays show that they live', () => {
  const now = 100_000;
  const path: ClientPath = { ...told(now), stage: { state: 'direct', pair: PAIR, since: now } };
  const alive: DirectOutput[] = [];
  const still = clientDecides(path, true, now, alive);
  expect(alive.map(({ type }) => type)).toEqual(['padded-check', 'check']);
  const outputs: DirectOutput[] = [];
  // One step after the other: a machine that was not asked for long excuses the silence.
  let silent = still;
  for (let at = now; at <= now + PATH_TIMES.signExpires; at += STEP) silent = clientDecides(silent, true, at, outputs);
  expect(silent.stage.state).toBe('suspect');
  expect(outputs.filter(({ type }) => !type.endsWith('check'))).toEqual([{ type: 'prove-relays' }, { type: 'offer' }]);
});

test('T5: a gateway that hears no more checks on the path that it follows asks its relays, once', () => {
  const outputs: DirectOutput[] = [];
  const decide = (at: number) => {
    path = gatewayDecides(path, at, outputs);
  };
  let path = gatewayObserves(
    initialGatewayPath(),
    { type: 'check-received', pair: PAIR, nominates: 1, packetBytes: 1280 },
    0,
    outputs,
  );
  path = gatewayObserves(path, { type: 'adopted', pair: PAIR, epoch: 1 }, 0, outputs);
  const asked = () => outputs.filter(({ type }) => type === 'prove-relays').length;
  decide(PATH_TIMES.signExpires - 1);
  expect(asked()).toBe(0);
  decide(PATH_TIMES.signExpires);
  decide(PATH_TIMES.signExpires * 3);
  expect(asked()).toBe(1);
  path = gatewayObserves(
    path,
    { type: 'check-received', pair: PAIR, nominates: null, packetBytes: 1280 },
    10_000,
    outputs,
  );
  decide(10_000 + PATH_TIMES.signExpires);
  expect(asked()).toBe(2);
});

test('a gateway whose client uses the relay asks nothing when checks stop', () => {
  const outputs: DirectOutput[] = [];
  const path = gatewayObserves(
    initialGatewayPath(),
    { type: 'check-received', pair: PAIR, nominates: null, packetBytes: 1280 },
    0,
    outputs,
  );
  gatewayDecides(path, PATH_TIMES.signExpires * 3, outputs);
  expect(outputs.map(({ type }) => type)).not.toContain('prove-relays');
});
