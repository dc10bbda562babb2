import { expect, test } from 'vitest';
import { resultTable } from './table.ts';

test('a table has a line for each figure, and a dash where there is no peer', () => {
  const table = resultTable([
    {
      name: 'stun',
      figure: 'answers',
      value: 81_234.5,
      unit: '1/CPU-s',
      peer: 'coturn',
      peerValue: 40_000,
      ratio: 2.0309,
      goal: 0.98,
      runs: 5,
    },
    {
      name: 'start',
      figure: 'all',
      value: 0.61234,
      unit: 's',
      peer: null,
      peerValue: null,
      ratio: null,
      goal: null,
      runs: 3,
    },
  ]);
  expect(table.split('\n')).toEqual([
    'bench  figure   value  unit     peer    peer value  ratio  goal  runs',
    '-----  -------  -----  -------  ------  ----------  -----  ----  ----',
    'stun   answers  81235  1/CPU-s  coturn       40000   2.03  0.98     5',
    'start  all      0.612  s        -                -      -     -     3',
  ]);
});

test('without figures the table has its head only', () => {
  expect(resultTable([]).split('\n')).toHaveLength(2);
});
