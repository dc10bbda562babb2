/** Shared access signatures of devices ("Control access to IoT Hub using shared access signatures"). */
import { createHmac, timingSafeEqual } from 'node:crypto';

const PREFIX = 'SharedAccessSignature ';

export interface SasCheck {
  /** What the token must be for: `{host}/devices/{id}` or `{idScope}/registrations/{id}`. */
  readonly resource: string;
  /** base64; one of them has signed it. */
  readonly keys: readonly string[];
  /** `skn`: `registration` at DPS; a device's own key has no name at the hub. */
  readonly keyName: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @returns until when the token is good, milliseconds since 1970; null when it is not */
export function sasExpiry(token: string, check: SasCheck): number | null {
  if (!token.startsWith(PREFIX)) return null;
  const fields = new Map(
    token
      .slice(PREFIX.length)
      .split('&')
      .map((field): [string, string] => {
        const at = field.indexOf('=');
        return [field.slice(0, at), field.slice(at + 1)];
      }),
  );
  const [resource, signature, expiry] = [fields.get('sr'), decoded(fields.get('sig')), fields.get('se')];
  if (resource === undefined || signature === null || expiry === undefined || !/^\d{1,12}$/.test(expiry)) return null;
  if (decoded(resource)?.toLowerCase() !== check.resource.toLowerCase()) return null;
  if ((fields.get('skn') || null) !== check.keyName) return null;
  const expiresAt = Number(expiry) * 1000;
  if (expiresAt <= check.now) return null;
  // Signed as it stands in the token: SDKs differ in how they percent-encode.
  const isGood = check.keys.some((key) => equal(signatureOf(key, resource, expiry), signature));
  return isGood ? expiresAt : null;
}

/** The key of one device of a group: base64 of HMAC-SHA256 with the group's key over the registration id. */
export function derivedKey(groupKey: string, registrationId: string): string {
  return createHmac('sha256', Buffer.from(groupKey, 'base64')).update(registrationId).digest('base64');
}

/** `sig` before it is URL-encoded; `encodedResource` and `expiry` as they stand in the token. */
export function signatureOf(key: string, encodedResource: string, expiry: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(`${encodedResource}\n${expiry}`).digest('base64');
}

function decoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
