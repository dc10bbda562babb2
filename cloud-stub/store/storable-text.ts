/** PostgreSQL keeps neither NUL nor half of a surrogate pair in text or JSON. */

/** What is said of a field that holds such a character, after its name. */
export const NOT_STORABLE = 'holds a character that no text here has';

export function isStorable(value: unknown): boolean {
  return unstorableField(value) === null;
}

/**
 * Where a JSON value holds what cannot be kept: the names and places that lead there, with blanks between them and empty
 * where the value itself is such a text. Null: nowhere. However deep the value is: whoever sends it chooses that.
 */
export function unstorableField(value: unknown): string | null {
  const left: { readonly path: readonly string[]; readonly value: unknown }[] = [{ path: [], value }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { path } = next;
    if (typeof next.value === 'string' && !isStorableText(next.value)) return fieldName(path);
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [key, member] of Object.entries(next.value)) {
      const at = path.length < NAMED_LEVELS ? [...path, key] : path;
      if (!isStorableText(key)) return fieldName(at);
      left.push({ path: at, value: member });
    }
  }
  return null;
}

/** A field that lies deeper is named by where it lies within. */
const NAMED_LEVELS = 8;

function fieldName(path: readonly string[]): string {
  return path.map(storableText).join(' ');
}

function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The same text with U+FFFD for what cannot be kept. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** The same JSON value, every text in it storable. */
export function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [storableText(key), storableValue(member)]));
  return value;
}
