import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { SessionTerm } from './session-term.ts';

const HOUR = 3_600_000;
const SESSION = { startedAt: '2026-06-01T08:00:00.000Z', expiresAt: '2026-06-01T10:00:00.000Z' };

describe('the term of a session', () => {
  it('is over when its time has come', () => {
    const clock = new FakeClock('2026-06-01T09:00:00.000Z');
    const term = new SessionTerm(SESSION, clock);
    clock.pass(HOUR - 1);
    expect(term.isOver(clock)).toBe(false);
    clock.pass(1);
    expect(term.isOver(clock)).toBe(true);
  });

  it.each(['2026-05-31T09:00:00.000Z', '2026-06-02T09:00:00.000Z'])(
    'is as long as before when the clock is set to %s (K61)',
    (wall) => {
      const clock = new FakeClock('2026-06-01T09:00:00.000Z');
      const term = new SessionTerm(SESSION, clock);
      clock.setWall(wall);
      clock.pass(HOUR - 1);
      expect(term.isOver(clock)).toBe(false);
      clock.pass(1);
      expect(term.isOver(clock)).toBe(true);
    },
  );

  it('is no longer than the session on a gateway whose clock is behind', () => {
    const clock = new FakeClock('2001-01-01T00:00:00.000Z');
    const term = new SessionTerm(SESSION, clock);
    clock.pass(2 * HOUR);
    expect(term.isOver(clock)).toBe(true);
  });

  it('is over from the start when its end lies in the past', () => {
    const clock = new FakeClock('2026-06-01T10:00:00.000Z');
    expect(new SessionTerm(SESSION, clock).isOver(clock)).toBe(true);
  });
});
