import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRunning, nextStanding, type SessionEvent, type SessionState } from './session-state.ts';

const AT = '2026-11-24T08:00:00.000Z';
const STATES: readonly SessionState[] = ['prepared', 'starting', 'waiting-for-approval', 'active', 'ended', 'expired'];
const EVENTS: readonly SessionEvent[] = [
  { type: 'start' },
  { type: 'ask', until: AT },
  { type: 'approved' },
  { type: 'connected' },
  { type: 'end', reason: 'A reason.' },
  { type: 'end', reason: { code: 'approval-refused', gateway: 'gw-1', by: 'shift lead', words: 'x'.repeat(500) } },
  { type: 'expire', why: { code: 'maximum-over', minutes: 60 } },
  { type: 'lapse', at: AT },
  { type: 'renew' },
];
const events = fc.constantFrom(...EVENTS);

test('C4: whatever happens, a session runs only after a start that nothing has ended since', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 30 }), (happened) => {
      let state: SessionState = 'prepared';
      let shouldRun = false;
      for (const event of happened) {
        state = nextStanding(state, event)?.state ?? state;
        if (event.type === 'start') shouldRun = true;
        if (event.type === 'end' || event.type === 'expire') shouldRun = false;
        expect(isRunning(state)).toBe(shouldRun);
      }
    }),
  );
});

test('P3: whatever happens, a session whose plant was asked is active only after a yes that came since', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 30 }), (happened) => {
      let state: SessionState = 'prepared';
      let unanswered = false;
      for (const event of happened) {
        const before: SessionState = state;
        state = nextStanding(state, event)?.state ?? state;
        if (before !== state && state === 'waiting-for-approval') unanswered = true;
        if (event.type === 'approved' || !isRunning(state)) unanswered = false;
        if (unanswered) expect(state).toBe('waiting-for-approval');
      }
    }),
  );
});

test('every state says why in one sentence of at most 200 characters, and only what ended has a reason to', () => {
  for (const state of STATES)
    for (const event of EVENTS) {
      const next = nextStanding(state, event);
      if (next === null) continue;
      expect(next.stateReason.length).toBeLessThanOrEqual(200);
      expect(next.stateReason === '').toBe(['prepared', 'starting', 'active'].includes(next.state));
    }
});

test('a session is active only from starting', () => {
  for (const state of STATES.filter((one) => one !== 'starting'))
    expect(nextStanding(state, { type: 'connected' })).toBeNull();
  expect(nextStanding('starting', { type: 'connected' })?.state).toBe('active');
});

test('a prepared session that can no longer be started is expired, and prepared again when it is given more time', () => {
  expect(nextStanding('prepared', { type: 'lapse', at: AT })).toMatchObject({
    state: 'expired',
    why: { code: 'validity-over', at: AT },
  });
  expect(nextStanding('expired', { type: 'renew' })?.state).toBe('prepared');
  for (const state of STATES.filter((one) => one !== 'prepared'))
    expect(nextStanding(state, { type: 'lapse', at: AT })).toBeNull();
});
