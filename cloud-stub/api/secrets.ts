/** Random secrets, and the form in which the store keeps them. */
import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes, base64url: tickets, event tokens, login ids. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** 32 random bytes, base64: a signalling secret. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64');
}

/** SHA-256, hex. Enough for secrets of full entropy; passwords need more. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Without letters and digits that look alike (Crockford's base 32). */
const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 80 random bits as `XXXX-XXXX-XXXX-XXXX`, to be read aloud. */
export function randomCode(): string {
  const letters = [...randomBytes(16)].map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** The code as it was made, however it was typed. */
export function normalizedCode(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
    .replace(/[^0-9A-Z]/g, '');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}
