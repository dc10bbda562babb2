/** What the AMS's own certificate is for, and whether it still serves. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** Both PEM; the key PKCS#8. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

const RENEWED_BEFORE_EXPIRY = 30 * 24 * 60 * 60_000;

/** Host names and addresses that the certificate is for. */
export function namesOf(gateway: { readonly registrationId: string | null; readonly lanAddress: string }): string[] {
  const label = gateway.registrationId
    ?.replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  const own = label === undefined || label === '' ? [] : [`${label}.local`];
  return [...new Set(['edgegateway.local', ...own, gateway.lanAddress])];
}

/** True while the pair fits together, names exactly `names`, and is neither too young nor nearly too old. */
export function isUsable(pair: KeyedCertificate, names: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    const alternative = names.map((name) => (isIP(name) === 0 ? `DNS:${name}` : `IP Address:${name}`)).join(', ');
    return (
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.subjectAltName === alternative &&
      certificate.validFromDate.getTime() <= now &&
      certificate.validToDate.getTime() - now > RENEWED_BEFORE_EXPIRY
    );
  } catch {
    return false;
  }
}

/** SHA-256 of the certificate, `AA:BB:...`. */
export function fingerprintOf(pair: KeyedCertificate): string {
  return new X509Certificate(pair.certificate).fingerprint256;
}
