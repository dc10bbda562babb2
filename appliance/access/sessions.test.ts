import type { Session } from 'fastify';
import { expect, test } from 'vitest';
import { ABSOLUTE_MILLISECONDS, IDLE_MILLISECONDS, Sessions } from './sessions.ts';

function withSession() {
  let now = 0;
  const sessions = new Sessions(() => now);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the store looks into no session
  const add = (id: string) => sessions.set(id, { loggedIn: true } as Session, () => undefined);
  add('first');
  return {
    sessions,
    add,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    isFound: (id: string): boolean => {
      let found = false;
      sessions.get(id, (_error, session) => {
        found = session !== null && session !== undefined;
      });
      return found;
    },
  };
}

test('a login that nobody uses ends after its idle time; a use prolongs it', () => {
  const { advance, isFound } = withSession();
  advance(IDLE_MILLISECONDS - 1);
  expect(isFound('first')).toBe(true);
  advance(IDLE_MILLISECONDS - 1);
  expect(isFound('first')).toBe(true);
  advance(IDLE_MILLISECONDS);
  expect(isFound('first')).toBe(false);
});

test('a login ends after its absolute time however busy it is', () => {
  const { advance, isFound } = withSession();
  for (let passed = 0; passed + 60_000 < ABSOLUTE_MILLISECONDS; passed += 60_000) {
    expect(isFound('first')).toBe(true);
    advance(60_000);
  }
  advance(60_000);
  expect(isFound('first')).toBe(false);
});

test('looking whether a login lives does not prolong it, and its end is told once', () => {
  const { sessions, advance } = withSession();
  let ended = 0;
  sessions.whenEnded('first', () => {
    ended += 1;
  });
  advance(IDLE_MILLISECONDS - 1);
  expect(sessions.isAlive('first')).toBe(true);
  advance(1);
  expect(sessions.isAlive('first')).toBe(false);
  expect(sessions.isAlive('first')).toBe(false);
  expect(ended).toBe(1);
});

test('all other logins can be ended', () => {
  const { sessions, add, isFound } = withSession();
  add('second');
  sessions.destroyAllBut('second');
  expect([isFound('first'), isFound('second')]).toEqual([false, true]);
});
