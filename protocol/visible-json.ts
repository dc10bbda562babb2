/**
 * What JSON leaves in its texts as it is, and what a terminal, an editor or a spreadsheet obeys instead of showing it: DEL
 * and C1 (ECMA-48; U+009B begins an escape sequence), the separators that some take for the end of a line (U+2028, U+2029)
 * and those that turn the direction of writing (Unicode, "Bidirectional Algorithm", section 2).
 */
const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same JSON value, with all that as `\uXXXX`: JSON itself writes the other control characters so. */
export function visibleJson(json: string): string {
  return json.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** For a log that writes JSON, a line at a time: whatever somebody calls themselves stays a text within its line. */
export function visibleLines(target: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void target.write(visibleJson(line)) };
}
