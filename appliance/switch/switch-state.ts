import type { SwitchFlag } from '@edgegateway/protocol/gateway-files';
import type { UnitState } from '../bus/unit-state.ts';
import type { SwitchState } from '../contract.ts';
import { isOn } from './flag-file.ts';

/** What the AMS is doing at this moment, if anything. */
export type Switching = 'on' | 'off' | null;

/** What the page shows, from the flag, what systemd tells (null: nothing), and the time. */
export function deriveSwitchState(
  flag: SwitchFlag | null,
  unit: UnitState | null,
  now: number,
  switching: Switching = null,
): SwitchState {
  if (unit === null) return { state: 'unknown' };
  const stopped = unit.activeState === 'inactive' || unit.activeState === 'failed';
  if (!isOn(flag, now)) return { state: stopped ? 'off' : 'switching-off' };
  if (unit.activeState === 'active' || unit.activeState === 'reloading') return { state: 'on', until: flag.until };
  // It died and systemd is about to start it again.
  if (unit.subState === 'auto-restart') return { state: 'failed', problem: unit.result };
  if (unit.activeState === 'activating' || switching === 'on' || (stopped && unit.jobPending))
    return { state: 'switching-on' };
  if (unit.activeState === 'deactivating' && unit.result === 'success') return { state: 'switching-off' };
  return { state: 'failed', problem: problemOf(unit) };
}

function problemOf(unit: UnitState): string {
  if (unit.result !== 'success') return unit.result;
  return unit.conditionResult ? 'stopped' : 'condition';
}
