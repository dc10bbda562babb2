/** What ping(8) printed, counted: which numbers were answered, and how many in a row were not. */
import { until } from '../lab/until.ts';

export interface PingCount {
  /** From the first answered to the last answered. */
  readonly sent: number;
  readonly lost: number;
  readonly twice: number;
  /** The longest run of lost ones. */
  readonly longestRun: number;
}

/** A ping that runs. */
export interface RunningPing {
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Answers that are to come before data counts as flowing. */
const ENOUGH = 25;

/** The numbers of the answered pings, in the order in which the answers came. */
function answeredPings(lines: readonly string[]): readonly number[] {
  return lines.flatMap((line) => /bytes from.*icmp_seq=(\d+)/.exec(line)?.[1] ?? []).map(Number);
}

export function countPings(lines: readonly string[]): PingCount {
  const answers = answeredPings(lines);
  const numbers = [...new Set(answers)].toSorted((one, other) => one - other);
  const runs = numbers.map((number, index) => number - (numbers[index - 1] ?? number - 1) - 1);
  const sent = numbers.length === 0 ? 0 : (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1;
  return {
    sent,
    lost: sent - numbers.length,
    twice: answers.length - numbers.length,
    longestRun: Math.max(0, ...runs),
  };
}

export async function untilFlowing({ lines }: RunningPing): Promise<void> {
  const before = answeredPings(lines).length;
  await until('the machine answers', () => answeredPings(lines).length >= before + ENOUGH);
}

/** Ends a ping and prints what became of it. */
export async function endPing(ping: RunningPing, event: string): Promise<PingCount> {
  await ping.stop();
  const count = countPings(ping.lines);
  const { sent, lost, twice, longestRun } = count;
  console.log(`${event}: ${lost} of ${sent} pings lost, ${longestRun} in the longest run, ${twice} came twice`);
  return count;
}
