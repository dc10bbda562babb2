/**
 * The certificates of the cloud: EC P-256, ECDSA with SHA-256, profile of RFC 5280.
 */
// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first, and only for its effect
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM (the key PKCS#8). */
export interface KeyedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1000;

/** A gateway whose clock is not yet set must not refuse a certificate of today. */
const BACKDATED = 2 * DAY;
const AUTHORITY_LIFETIME = 3652 * DAY;
const HOST_LIFETIME = 397 * DAY;

export async function createAuthority(now: Date): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=edgeGateway remoteConnect cloud ${randomBytes(4).toString('hex')}`,
    notBefore: new Date(now.getTime() - BACKDATED),
    notAfter: new Date(now.getTime() + AUTHORITY_LIFETIME),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
}

/** A server certificate for one host name (or address), valid 397 days. */
export async function issueHostCertificate(
  authority: KeyedCertificate,
  host: string,
  now: Date,
): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // A common name is limited to 64 characters; who is meant stands in the alternative name (RFC 6125).
    subject: [{ CN: [host.slice(0, 64)] }],
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - BACKDATED),
    notAfter: new Date(now.getTime() + HOST_LIFETIME),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.keyPem),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificatePem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
}

/** The certificate, when both texts parse and the key belongs to it; otherwise null. */
export function readPair(pair: KeyedCertificate): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pair.certificatePem);
    return certificate.checkPrivateKey(createPrivateKey(pair.keyPem)) ? certificate : null;
  } catch {
    return null;
  }
}

/** True when `pair` is a certificate for exactly `host`, by this authority, and good for at least `margin` ms more. */
export function isCurrentHostCertificate(
  pair: KeyedCertificate,
  authority: KeyedCertificate,
  host: string,
  now: Date,
  margin: number,
): boolean {
  const certificate = readPair(pair);
  if (certificate === null || !certificate.verify(createPublicKey(authority.certificatePem))) return false;
  const name = isIP(host) === 0 ? `DNS:${host}` : `IP Address:${host}`;
  return certificate.subjectAltName === name && certificate.validToDate.getTime() - now.getTime() > margin;
}

/** Positive, 127 random bits (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

async function importKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), KEY, false, ['sign']);
}
