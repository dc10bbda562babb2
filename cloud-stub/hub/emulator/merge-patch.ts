/** JSON merge patch (RFC 7396) as device twins use it. Arrays are values: they are replaced, never merged. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396 section 2; members that are null in `patch` are gone from the result. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const kept = Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name));
  const patched = Object.entries(patch).flatMap(([name, value]): [string, unknown][] => {
    if (value === null) return [];
    if (!isJsonObject(value)) return [[name, value]];
    const former = Object.hasOwn(target, name) ? target[name] : undefined;
    return [[name, mergePatch(isJsonObject(former) ? former : {}, value)]];
  });
  return Object.fromEntries([...kept, ...patched]);
}

/**
 * The smallest patch that turns `from` into `to`; empty when they are equal. `to` must not contain null, which no
 * patch can write.
 */
export function smallestPatch(from: JsonObject, to: JsonObject): JsonObject {
  const removed = Object.keys(from)
    .filter((name) => !Object.hasOwn(to, name))
    .map((name): [string, unknown] => [name, null]);
  const changed = Object.entries(to).flatMap(([name, value]): [string, unknown][] => {
    const former = Object.hasOwn(from, name) ? from[name] : undefined;
    if (equal(former, value)) return [];
    return [[name, isJsonObject(former) && isJsonObject(value) ? smallestPatch(former, value) : value]];
  });
  return Object.fromEntries([...removed, ...changed]);
}

/** Equal as JSON: the order of an object's members does not count. */
function equal(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, index) => equal(value, other[index]));
  if (isJsonObject(one) && isJsonObject(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => Object.hasOwn(other, name) && equal(one[name], other[name]))
    );
  }
  return one === other;
}
