import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnitState } from '../bus/unit-state.ts';
import { switchState } from '../contract.ts';
import { isOn, parseFlag } from './flag-file.ts';
import { deriveSwitchState } from './switch-state.ts';

const NOW = Date.parse('2026-06-01T12:00:00.000Z');
const ID = '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01';
const FOREVER = { id: ID, until: null };
const EXPIRED = { id: ID, until: '2026-06-01T12:00:00.000Z' };

function unit(change: Partial<UnitState>): UnitState {
  return {
    ...{ activeState: 'inactive', subState: 'dead', jobPending: false, conditionResult: true, result: 'success' },
    ...change,
  };
}

const anyUnit = fc.record({
  activeState: fc.constantFrom(
    'active',
    'reloading',
    'inactive',
    'failed',
    'activating',
    'deactivating',
    'maintenance',
  ),
  subState: fc.constantFrom('running', 'dead', 'auto-restart', 'stop-post'),
  jobPending: fc.boolean(),
  conditionResult: fc.boolean(),
  result: fc.constantFrom('success', 'exit-code', 'signal', 'watchdog'),
});

describe('the state of the switch', () => {
  test('G2: no flag and nothing running is off', () => {
    expect(deriveSwitchState(null, unit({}), NOW)).toEqual({ state: 'off' });
  });

  test('G3: a flag and a running service is on, until when the flag says', () => {
    const until = '2026-06-01T13:00:00.000Z';
    expect(deriveSwitchState({ id: ID, until }, unit({ activeState: 'active' }), NOW)).toEqual({ state: 'on', until });
  });

  test('a service that still runs without a flag is being switched off, never shown as off', () => {
    for (const flag of [null, EXPIRED])
      expect(deriveSwitchState(flag, unit({ activeState: 'active' }), NOW)).toEqual({ state: 'switching-off' });
  });

  test('a service that keeps dying is a failure with its result', () => {
    const dying = unit({ activeState: 'activating', subState: 'auto-restart', result: 'exit-code' });
    expect(deriveSwitchState(FOREVER, dying, NOW)).toEqual({ state: 'failed', problem: 'exit-code' });
  });

  test('without systemd nobody knows', () => {
    expect(deriveSwitchState(FOREVER, null, NOW)).toEqual({ state: 'unknown' });
  });

  test('is "on" exactly when the flag holds and the unit is active, and always as the contract says', () => {
    fc.assert(
      fc.property(fc.constantFrom(null, FOREVER, EXPIRED), anyUnit, (flag, state) => {
        const derived = switchState.parse(deriveSwitchState(flag, state, NOW));
        const running = state.activeState === 'active' || state.activeState === 'reloading';
        expect(derived.state === 'on').toBe(isOn(flag, NOW) && running);
      }),
    );
  });
});

describe('the flag file', () => {
  test('G2: whatever is not exactly a flag switches nothing on', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseFlag(text)).toBeNull();
      }),
    );
  });

  test('holds until its time and not a millisecond longer', () => {
    const flag = parseFlag(JSON.stringify({ id: ID, until: '2026-06-01T12:00:00.001Z' }));
    expect(isOn(flag, NOW)).toBe(true);
    expect(isOn(flag, NOW + 1)).toBe(false);
  });
});
