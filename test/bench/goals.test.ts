import { expect, test } from 'vitest';
import { goalsWithoutFigure, withGoals } from './goals.ts';

const ALONE = { name: 'roam', figure: 'largest gap', value: 0.5, unit: 's', runs: 3, ...noPeer() };
const GOALS = { roam: { 'largest gap': { limit: 1 } }, stun: { answers: { ratio: 1.5 } } };

function noPeer() {
  return { peer: null, peerValue: null, ratio: null };
}

test('a figure with a limit is compared with it, so that more is better and 1 is enough', () => {
  expect(withGoals([ALONE], GOALS)).toEqual([{ ...ALONE, peer: 'at most', peerValue: 1, ratio: 2, goal: 1 }]);
});

test('a figure with a peer keeps its ratio', () => {
  const stun = { ...ALONE, name: 'stun', figure: 'answers', peer: 'coturn', peerValue: 0.25, ratio: 2 };
  expect(withGoals([stun], GOALS)).toEqual([{ ...stun, goal: 1.5 }]);
});

test('a figure without a goal says so', () => {
  expect(withGoals([{ ...ALONE, name: 'other' }], GOALS)).toEqual([{ ...ALONE, name: 'other', goal: null }]);
});

test('a goal whose figure was renamed is told', () => {
  expect(goalsWithoutFigure([{ ...ALONE, figure: 'gap' }], GOALS)).toEqual(['roam: largest gap']);
  expect(goalsWithoutFigure([ALONE], GOALS)).toEqual([]);
});
