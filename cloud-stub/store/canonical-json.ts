/**
 * JSON with the keys of every object sorted by UTF-16 code units and no white space (after RFC 8785): equal values give
 * equal texts, whatever order a database keeps their keys in.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}
