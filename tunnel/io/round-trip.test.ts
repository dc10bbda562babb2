import { expect, test } from 'vitest';
import { RoundTrip } from './round-trip.ts';

test('T4: the round-trip time is that of the last question, and known with its first answer', () => {
  const roundTrip = new RoundTrip();
  expect(roundTrip.milliseconds).toBeNull();
  const question = roundTrip.ask(1000);
  expect(roundTrip.answered(question, 1040)).toBe(true);
  expect(roundTrip.milliseconds).toBe(40);
});

test('T4: one answer that was held up by other traffic changes nothing, a longer way does', () => {
  const roundTrip = new RoundTrip();
  for (const delay of [40, 400, 60, 70]) roundTrip.answered(roundTrip.ask(0), delay);
  expect(roundTrip.milliseconds).toBe(40);
  roundTrip.answered(roundTrip.ask(0), 65);
  expect(roundTrip.milliseconds).toBe(60);
});

test('T4: answers to former questions, or to none, measure nothing', () => {
  const roundTrip = new RoundTrip();
  const former = roundTrip.ask(0);
  const question = roundTrip.ask(100);
  for (const answer of [former, '', 'x']) expect(roundTrip.answered(answer, 110)).toBe(false);
  expect(roundTrip.answered(question, 120)).toBe(true);
  expect(roundTrip.answered(question, 130)).toBe(false);
  expect(roundTrip.milliseconds).toBe(20);
});

test('T5: after the network has changed, nothing that was measured before counts', () => {
  const roundTrip = new RoundTrip();
  roundTrip.answered(roundTrip.ask(0), 20);
  const former = roundTrip.ask(50);
  roundTrip.forget();
  expect(roundTrip.answered(former, 60)).toBe(false);
  expect(roundTrip.milliseconds).toBeNull();
});
