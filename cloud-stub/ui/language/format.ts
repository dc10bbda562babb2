/**
 * Times, lengths and sizes as the user writes them. The language is the interface's; the region of the browser's
 * locale is kept where both speak the same language (`en-GB` and English), so that dates look familiar.
 */
import { useTranslation } from 'react-i18next';

export interface Format {
  /** `timestamp`: ISO 8601; shown in the browser's time zone. */
  readonly time: (timestamp: string) => string;
  /** 90 -> "1 hour, 30 minutes" */
  readonly minutes: (minutes: number) => string;
  /** 1536 -> "1.5 kB" */
  readonly bytes: (bytes: number) => string;
  readonly list: (items: readonly string[]) => string;
}

export function localeFor(language: string, wished: readonly string[]): string {
  return wished.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function formatFor(locale: string): Format {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const list = new Intl.ListFormat(locale, { style: 'long', type: 'unit' });
  const unit = (value: number, name: string, digits: number, display: 'long' | 'short') =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: display,
      maximumFractionDigits: digits,
    }).format(value);
  return {
    time: (timestamp) => time.format(new Date(timestamp)),
    minutes: (minutes) => {
      const hours = Math.floor(minutes / 60);
      const rest = minutes % 60;
      const parts = [
        ...(hours > 0 ? [unit(hours, 'hour', 0, 'long')] : []),
        ...(rest > 0 || hours === 0 ? [unit(rest, 'minute', 0, 'long')] : []),
      ];
      return list.format(parts);
    },
    bytes: (bytes) => {
      const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
      return unit(bytes / 1000 ** step, UNITS[step] ?? 'byte', step === 0 ? 0 : 1, step === 0 ? 'long' : 'short');
    },
    list: (items) => list.format(items),
  };
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return formatFor(localeFor(i18n.language, navigator.languages));
}
