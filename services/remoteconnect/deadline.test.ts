import { describe, expect, it } from 'vitest';
import { Deadline } from './deadline.ts';
import { FakeClock } from './testing/fake-clock.ts';

const AT_NOON = '2026-06-01T12:00:00.000Z';

describe('a deadline', () => {
  it('passes when its time has come', () => {
    const clock = new FakeClock('2026-06-01T11:59:00.000Z');
    const deadline = new Deadline(AT_NOON, clock);
    clock.pass(59_999);
    expect(deadline.hasPassed(clock)).toBe(false);
    clock.pass(1);
    expect(deadline.hasPassed(clock)).toBe(true);
  });

  it('passes on time though the wall clock was set back', () => {
    const clock = new FakeClock('2026-06-01T11:59:00.000Z');
    const deadline = new Deadline(AT_NOON, clock);
    clock.setWall('2020-01-01T00:00:00.000Z');
    clock.pass(60_000);
    expect(deadline.hasPassed(clock)).toBe(true);
  });

  it('passes at once when the wall clock jumps beyond it', () => {
    const clock = new FakeClock('2026-06-01T11:59:00.000Z');
    const deadline = new Deadline(AT_NOON, clock);
    clock.setWall(AT_NOON);
    expect(deadline.hasPassed(clock)).toBe(true);
  });

  it('has passed from the start when it lies in the past', () => {
    const clock = new FakeClock('2026-06-01T12:00:01.000Z');
    expect(new Deadline(AT_NOON, clock).hasPassed(clock)).toBe(true);
  });
});
