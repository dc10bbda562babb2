/**
 * The smallest value that at least this share of the values does not exceed (nearest rank).
 * @param share above 0, at most 1
 * @throws Error without values
 */
export function percentile(values: readonly number[], share: number): number {
  const value = values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1];
  if (value === undefined) throw new Error('There is no percentile of no values.');
  return value;
}
