/** Times of filters: ISO 8601 in UTC on the wire, `2026-11-24T09:30` in the browser's time zone in the field (HTML, "datetime-local"). */

/** Empty for what is no time. */
export function localTimeOf(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return '';
  const day = [String(time.getFullYear()).padStart(4, '0'), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** Empty for what is no time. */
export function timestampOf(localTime: string): string {
  const time = new Date(localTime);
  return localTime === '' || Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
