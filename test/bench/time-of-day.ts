const DAY = 24 * 60 * 60 * 1000;

/**
 * When a packet of tcpdump(1) passed.
 * @param line begins with the local time of day, `09:30:00.123456`
 * @param near some moment within twelve hours of it, milliseconds since 1970
 * @returns milliseconds since 1970, with fractions
 * @throws Error when the line has no time
 */
export function momentOfPacket(line: string, near: number): number {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d\.\d+) /.exec(line) ?? [];
  if (seconds === undefined) throw new Error(`no time in "${line}"`);
  const midnight = new Date(near).setHours(0, 0, 0, 0);
  const moment = midnight + (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  return moment + Math.round((near - moment) / DAY) * DAY;
}
