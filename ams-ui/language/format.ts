/** Times and sizes as the user writes them, in the browser's time zone. */
export interface Format {
  /** Only the time of day where `timestamp` (ISO 8601) lies today, otherwise with the date. */
  readonly time: (timestamp: string) => string;
  /** 1536 -> "1.5 kB" */
  readonly bytes: (bytes: number) => string;
}

/** The browser's own locale where it speaks the page's language (`en-GB` and English), so that dates look familiar. */
export function localeFor(language: string, wished: readonly string[]): string {
  return wished.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function formatFor(locale: string, now: () => Date): Format {
  const timeOfDay = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const dateAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    time: (timestamp) => {
      const moment = new Date(timestamp);
      const sameDay = moment.toDateString() === now().toDateString();
      return (sameDay ? timeOfDay : dateAndTime).format(moment);
    },
    bytes: (bytes) => {
      let step = 0;
      let value = bytes;
      while (value >= 1000 && step < UNITS.length - 1) {
        value /= 1000;
        step += 1;
      }
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: UNITS[step] ?? 'byte',
        unitDisplay: step === 0 ? 'long' : 'short',
        maximumFractionDigits: step === 0 ? 0 : 1,
      }).format(value);
    },
  };
}
