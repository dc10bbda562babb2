/** The AMS's own certificate: self-signed, EC P-256, profile of RFC 5280. */
// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first, and only for its effect
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** Both PEM; the key PKCS#8. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60_000;
/** Browsers may run behind the gateway's clock. */
const BACKDATED = 2 * DAY;
const LIFETIME = 397 * DAY;
const RENEWED_BEFORE_EXPIRY = 30 * DAY;

/** Host names and addresses that the certificate is for. */
export function namesOf(gateway: { readonly registrationId: string | null; readonly lanAddress: string }): string[] {
  const label = gateway.registrationId
    ?.replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  const own = label === undefined || label === '' ? [] : [`${label}.local`];
  return [...new Set(['edgegateway.local', ...own, gateway.lanAddress])];
}

export async function createCertificate(names: readonly string[], now: number): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const serial = randomBytes(16);
  // Positive and without leading zeros (RFC 5280 section 4.1.2.2).
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString('hex'),
    name: [{ CN: ['edgeGateway AMS'] }],
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(now + LIFETIME),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
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
