import { readIfPresent, writeAtomically } from '../files/atomic-file.ts';
import { isUsable, type KeyedCertificate } from './certificate.ts';

export interface CertificatePaths {
  readonly key: string;
  readonly certificate: string;
}

/**
 * The pair on disk while it is usable, otherwise a new one, stored. A power cut between the two files leaves a pair that
 * does not fit, which the next start replaces.
 */
export async function ensureCertificate(
  paths: CertificatePaths,
  names: readonly string[],
  now: number,
): Promise<KeyedCertificate> {
  const [certificate, key] = await Promise.all([readIfPresent(paths.certificate), readIfPresent(paths.key)]);
  if (certificate !== null && key !== null && isUsable({ certificate, key }, names, now)) return { certificate, key };
  // Loading what makes one takes a slow processor seconds, and nearly every start finds one.
  const { createCertificate } = await import('./certificate-creation.ts');
  const made = await createCertificate(names, now);
  await writeAtomically(paths.key, made.key, 0o600);
  await writeAtomically(paths.certificate, made.certificate, 0o600);
  return made;
}
