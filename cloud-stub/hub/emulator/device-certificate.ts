/** What a device shows of itself in TLS: its certificate, self-signed or of a certification authority. */
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { registrationId } from '@edgegateway/protocol/wire-values';
import { HubError } from '../hub-error.ts';

/** Longer chains are not followed. */
const CHAIN_LIMIT = 4;

export interface DeviceCertificate {
  /** The leaf's common name, when it is a registration id. */
  readonly commonName: string | null;
  /** SHA-256 over the DER. */
  readonly fingerprint: string;
  /** The leaf, then those that the device sent along, as long as each has the next for its issuer. */
  chain(): readonly X509Certificate[];
}

/** What the device presented; TLS has made sure that it holds the key. Null: no certificate. */
export function presentedCertificate(socket: TLSSocket): DeviceCertificate | null {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? null : describeCertificate(certificate);
}

/**
 * @throws HubError 'certificate-invalid' | 'certificate-of-another-device'
 */
export function checkedCertificate(pem: string, id: string): string {
  const certificate = parsed(pem);
  if (describeCertificate(certificate).commonName !== id)
    throw new HubError('certificate-of-another-device', `This certificate is not the one of ${id}.`);
  return certificate.toString();
}

/**
 * @throws HubError 'certificate-invalid' | 'not-an-authority'
 */
export function checkedAuthority(pem: string): string {
  const certificate = parsed(pem);
  if (!certificate.ca) throw new HubError('not-an-authority', 'This certificate is not that of an authority.');
  return certificate.toString();
}

export function describeCertificate(certificate: X509Certificate): DeviceCertificate {
  const names = certificate.subject.split('\n').filter((part) => part.startsWith('CN='));
  const commonName = names.length === 1 ? registrationId.safeParse(names[0]?.slice('CN='.length)).data : undefined;
  return {
    commonName: commonName ?? null,
    fingerprint: certificate.fingerprint256,
    chain: () => chainOf(certificate),
  };
}

function chainOf(leaf: X509Certificate): X509Certificate[] {
  const chain = [leaf];
  for (
    let next = leaf.issuerCertificate;
    next !== undefined && chain.length < CHAIN_LIMIT;
    next = next.issuerCertificate
  )
    chain.push(next);
  return chain;
}

function parsed(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new HubError('certificate-invalid', 'This is not a certificate.', { cause });
  }
}
