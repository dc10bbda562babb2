import { expect, test } from 'vitest';
import { measuredResult } from './bench-result.ts';
import { measureAgainst, measureAlone, mediansOf } from './measure.ts';

const FIGURE = { name: 'stun', figure: 'answers', unit: '1/s', runs: 3 };

function oneAfterTheOther(name: string, order: string[], values: readonly number[]) {
  let next = 0;
  return async () => {
    order.push(name);
    const value = values[next];
    next += 1;
    return value ?? Number.NaN;
  };
}

test('ours and the peer take turns; the ratio is that of the medians', async () => {
  const order: string[] = [];
  const result = await measureAgainst(FIGURE, oneAfterTheOther('ours', order, [30, 10, 20]), {
    name: 'coturn',
    run: oneAfterTheOther('peer', order, [5, 1000, 10]),
  });
  expect(order).toEqual(['ours', 'peer', 'ours', 'peer', 'ours', 'peer']);
  expect(measuredResult.parse(result)).toEqual({ ...FIGURE, value: 20, peer: 'coturn', peerValue: 10, ratio: 2 });
});

test('a figure without a peer says so', async () => {
  const result = await measureAlone(FIGURE, oneAfterTheOther('ours', [], [3, 1, 2]));
  expect(measuredResult.parse(result)).toEqual({ ...FIGURE, value: 2, peer: null, peerValue: null, ratio: null });
});

test('runs of several figures give the median of each, over as many runs as have it', () => {
  const results = mediansOf('session', 's', [{ link: 0.3, answer: 0.9 }, { link: 0.1, answer: 0.7 }, { link: 0.2 }]);
  expect(results.map(({ figure, value, runs }) => [figure, value, runs])).toEqual([
    ['link', 0.2, 3],
    ['answer', 0.8, 2],
  ]);
});
