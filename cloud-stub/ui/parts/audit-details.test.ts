import { expect, it } from 'vitest';
import { detailTexts } from './audit-details.ts';

it('details are told without what other columns tell', () => {
  const details = { kind: 'flow-opened', sessionId: 'x', log: 'y', released: ['a', 'b'], port: 443, origin: null };
  expect(detailTexts(details)).toEqual(['port: 443', 'released: a, b']);
});
