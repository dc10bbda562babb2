/**
 * The longest time without an answer.
 * @param moments when answers came, in their order
 * @returns 0 with fewer than two
 */
export function largestGap(moments: readonly number[]): number {
  let largest = 0;
  for (const [index, moment] of moments.entries()) {
    const before = moments[index - 1];
    if (before !== undefined && moment - before > largest) largest = moment - before;
  }
  return largest;
}

/** When answers came, seconds since 1970, as `ping -D` prints them; other lines are passed over. */
export function momentsOfAnswers(lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const [, moment] = /^\[([0-9.]+)\] .* bytes from /.exec(line) ?? [];
    return moment === undefined ? [] : [Number(moment)];
  });
}
