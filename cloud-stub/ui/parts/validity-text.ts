import type { TFunction } from 'i18next';
import type { Validity } from '../../api/contract/session-rules.ts';
import type { Format } from '../language/format.ts';

/** When a session may run, in lines. */
export function validityLines({ from, to, windows, timeZone }: Validity, t: TFunction, format: Format): string[] {
  const bounds = [
    ...(from === null ? [] : [t('rules.fromOnly', { from: format.time(from) })]),
    ...(to === null ? [] : [t('rules.toOnly', { to: format.time(to) })]),
  ];
  if (bounds.length === 0 && windows.length === 0) return [t('rules.any')];
  return [
    ...bounds,
    ...windows.map((window) =>
      t('rules.windowText', {
        days: format.list(window.days.map((day) => t(`weekday.${day}`))),
        from: window.from,
        to: window.to,
      }),
    ),
    ...(windows.length === 0 ? [] : [t('rules.inZone', { zone: timeZone })]),
  ];
}
