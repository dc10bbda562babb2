/** The switch's state (G2, G3) in words, and what can be done in it. */
import type { SwitchState } from '@edgegateway/appliance/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../language/format.ts';

export interface SwitchWords {
  readonly state: string;
  readonly explanation: string;
  readonly canSwitchOn: boolean;
  /** Wherever packets may still flow, or nobody knows, switching off stays possible (G4). */
  readonly canSwitchOff: boolean;
}

export function switchWords(state: SwitchState, t: TFunction, format: Format): SwitchWords {
  switch (state.state) {
    case 'off':
      return { state: t('switch.off'), explanation: t('switch.explainOff'), canSwitchOn: true, canSwitchOff: false };
    case 'switching-on':
      return words(t('switch.switchingOn'), t('switch.explainSwitchingOn'), false);
    case 'on':
      return words(
        state.until === null ? t('switch.onForGood') : t('switch.onUntil', { time: format.time(state.until) }),
        t('switch.explainOn'),
        false,
      );
    case 'switching-off':
      return words(t('switch.switchingOff'), t('switch.explainSwitchingOff'), false);
    case 'failed':
      return words(t('switch.failed', { problem: systemdResult(state.problem, t) }), t('switch.explainFailed'), true);
    case 'unknown':
      return words(t('switch.unknown'), t('switch.explainUnknown'), false);
  }
}

function words(state: string, explanation: string, canSwitchOn: boolean): SwitchWords {
  return { state, explanation, canSwitchOn, canSwitchOff: true };
}

/** systemd.service(5), Result=: names that a person can do something with get a sentence. */
function systemdResult(result: string, t: TFunction): string {
  switch (result) {
    case 'exit-code':
    case 'signal':
    case 'core-dump':
    case 'timeout':
    case 'watchdog':
    case 'start-limit-hit':
    case 'oom-kill':
    case 'resources':
    case 'dependency':
      return t(`systemd.${result}`);
    default:
      return t('systemd.other', { result });
  }
}
