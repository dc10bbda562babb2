/** Less of a difference, in milliseconds or as a part of the shorter round trip, is noise. */
const CLEAR_MS = 10;
const CLEAR_PART = 0.2;

/**
 * Orders relays by their round-trip times, the nearest first, those without one last. A former order is given up only
 * for a clear difference; relays that are as near as each other, and have no former order, stand as they are configured.
 * No relay of the result is clearly nearer than one before it.
 * @param configured in the configuration's order
 * @param before the last result, as far as it was measured
 * @param roundTripOf milliseconds; null: not known
 */
export function nearestFirst<Relay>(
  configured: readonly Relay[],
  before: readonly Relay[],
  roundTripOf: (relay: Relay) => number | null,
): readonly Relay[] {
  const distance = (relay: Relay) => roundTripOf(relay) ?? Number.POSITIVE_INFINITY;
  const known = before.filter((relay) => configured.includes(relay) && roundTripOf(relay) !== null);
  const places = known.values();
  const left = configured.map((relay) => (known.includes(relay) ? (places.next().value ?? relay) : relay));
  const ordered: Relay[] = [];
  while (left.length > 0) {
    const nearest = Math.min(...left.map(distance));
    const index = left.findIndex((relay) => !isClearlyNearer(nearest, distance(relay)));
    ordered.push(...left.splice(index, 1));
  }
  return ordered;
}

function isClearlyNearer(one: number, other: number): boolean {
  return other - one > Math.max(CLEAR_MS, one * CLEAR_PART);
}
