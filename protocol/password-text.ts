/**
 * The form of a password that is hashed and compared: letters with accents are one character, however a keyboard composes
 * them (Unicode NFC, as the OpaqueString profile of RFC 8265 section 4.2 demands). Blanks, case and everything else count.
 */
export function passwordText(typed: string): string {
  return typed.normalize('NFC');
}
