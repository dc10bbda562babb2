/** Looks at a pasted certificate before it is sent: only its outside; the cloud reads the rest. Pure. */
import { newGateway } from '../../api/contract.ts';

export type CertificateText = 'certificate' | 'private-key' | 'something-else';

const PEM = /^-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----$/;

export function inspectCertificate(text: string): CertificateText {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'private-key';
  const trimmed = text.trim();
  return PEM.test(trimmed) && newGateway.shape.certificate.safeParse(trimmed).success
    ? 'certificate'
    : 'something-else';
}

/** A file larger than this is no certificate; it is not even read. */
export const LARGEST_CERTIFICATE_BYTES = 10_000;
