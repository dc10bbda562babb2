/** How the size of packets is found on one path, under a clock that only the test moves. */
import { expect, test } from 'vitest';
import { type GatewayPath, gatewayObserves, gatewayPacketBytes, initialGatewayPath } from './gateway-path.ts';
import { newSizeSearch, PACKET_BYTES, type SizeSearch, searchSize, sizeAnswered, toldBytes } from './path-size.ts';
import { PATH_TIMES } from './path-times.ts';

const { full, base } = PACKET_BYTES;
const STEP = 50;

interface Run {
  readonly search: SizeSearch;
  /** When padded checks were sent. */
  readonly sentAt: readonly number[];
}

/** Lets time pass; ordinary checks are answered at each step, or never. */
function pass(search: SizeSearch, from: number, milliseconds: number, isAnswering: boolean): Run {
  const sentAt: number[] = [];
  let present = search;
  for (let now = from; now < from + milliseconds; now += STEP) {
    const { search: next, hasCheck } = searchSize(present, isAnswering ? now : null, now);
    present = next;
    if (hasCheck) sentAt.push(now);
  }
  return { search: present, sentAt };
}

test('K02: a path begins at the base size, and is asked for the full one at once', () => {
  const { search, sentAt } = pass(newSizeSearch(0), 0, STEP, true);
  expect(search.bytes).toBe(base);
  expect(sentAt).toEqual([0]);
});

test('K02: a path that answers is full, and is asked again after a while', () => {
  const { search, sentAt } = pass(sizeAnswered(0), 0, PATH_TIMES.sizeCheck + STEP, true);
  expect(search.bytes).toBe(full);
  expect(sentAt).toEqual([PATH_TIMES.sizeCheck]);
});

test('K02: after three tries without an answer a path has the base size, and is left alone for ten minutes', () => {
  const { search, sentAt } = pass(sizeAnswered(0), 0, PATH_TIMES.sizeRaise, true);
  const { sizeCheck, sizeRetry } = PATH_TIMES;
  expect(sentAt).toEqual([sizeCheck, sizeCheck + sizeRetry, sizeCheck + 2 * sizeRetry]);
  expect(search.bytes).toBe(base);
  const later = pass(search, PATH_TIMES.sizeRaise, sizeCheck + 4 * sizeRetry, true);
  expect(later.sentAt[0]).toBe(sizeCheck + 3 * sizeRetry + PATH_TIMES.sizeRaise);
});

test('K02: one lost check is not a narrow path', () => {
  const missed = pass(sizeAnswered(0), 0, PATH_TIMES.sizeCheck + 2 * PATH_TIMES.sizeRetry + STEP, true);
  expect(missed.sentAt).toHaveLength(3);
  expect(missed.search.bytes).toBe(full);
});

test('K02: a path on which nothing is answered says nothing about sizes', () => {
  const { search, sentAt } = pass(sizeAnswered(0), 0, PATH_TIMES.sizeRaise, false);
  expect(search.bytes).toBe(full);
  expect(sentAt.length).toBeGreaterThan(100);
});

test.each([
  [null, full],
  [full, full],
  [full + 1, full],
  [full - 1, base],
  [base, base],
  [0, base],
])('K02: an end that says it sends packets of %s bytes is taken to send %i', (told, taken) => {
  expect(toldBytes(told)).toBe(taken);
});

test('K02: a gateway sends what the client says of the pair that is nominated or followed, and of no other', () => {
  const pair = { base: 'base', remote: { address: '203.0.113.1', port: 1 } };
  const other = { base: 'base', remote: { address: '203.0.113.1', port: 2 } };
  let path: GatewayPath = initialGatewayPath();
  const check = (of: typeof pair, nominates: number | null, packetBytes: typeof full | typeof base) => {
    path = gatewayObserves(path, { type: 'check-received', pair: of, nominates, packetBytes }, 0, []);
    return gatewayPacketBytes(path);
  };
  expect(check(pair, null, base)).toBe(full);
  expect(check(pair, 1, base)).toBe(base);
  path = gatewayObserves(path, { type: 'adopted', pair, epoch: 1 }, 0, []);
  expect(gatewayPacketBytes(path)).toBe(base);
  expect(check(pair, null, full)).toBe(full);
  expect(check(other, null, base)).toBe(full);
  expect(check(other, 2, base)).toBe(base);
  expect(check(other, null, full)).toBe(full);
});
