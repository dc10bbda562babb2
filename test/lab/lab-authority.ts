/**
 * The certification authority of laboratories with a virtual gateway. It stays the same from run to run, because the snapshot of
 * a booted gateway has the authority of its provisioning stick inside. It is one user's, for this computer: nobody else is asked
 * to trust it.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CLOUD_FILES } from '@edgegateway/cloud-stub/configuration';
import { writeFileAtomically } from '@edgegateway/cloud-stub/pki/atomic-file';
import { AUTHORITY_KEY_FILE } from '@edgegateway/cloud-stub/pki/pki';
import { createAuthority, type KeyedCertificate, readPair } from '@edgegateway/cloud-stub/pki/x509';
import { z } from 'zod';

const DAY = 24 * 60 * 60_000;
const REPLACED_BEFORE_EXPIRY = 400 * DAY;

const keptAuthority = z.strictObject({ certificatePem: z.string(), keyPem: z.string() });

/**
 * Gives the authority that `file` keeps. One that is missing, damaged or near its end is made anew.
 * @param file certificate and key in one, so that they always belong together
 */
export async function labAuthority(file: string, now: Date): Promise<KeyedCertificate> {
  const kept = parseAuthority(await readFile(file, 'utf8').catch(() => ''), now);
  if (kept !== null) return kept;
  const made = await createAuthority(now);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomically(file, JSON.stringify(made), 'secret');
  return made;
}

/** Makes it the authority of a cloud that has not started yet. */
export async function placeAuthority(dataDirectory: string, authority: KeyedCertificate): Promise<void> {
  const certificateFile = join(dataDirectory, CLOUD_FILES.ca);
  await mkdir(dirname(certificateFile), { recursive: true, mode: 0o700 });
  await writeFileAtomically(join(dataDirectory, AUTHORITY_KEY_FILE), authority.keyPem, 'secret');
  await writeFileAtomically(certificateFile, authority.certificatePem, 'public');
}

function parseAuthority(text: string, now: Date): KeyedCertificate | null {
  try {
    const authority = keptAuthority.parse(JSON.parse(text));
    const certificate = readPair(authority);
    if (certificate === null) return null;
    return certificate.validToDate.getTime() - now.getTime() > REPLACED_BEFORE_EXPIRY ? authority : null;
  } catch {
    return null;
  }
}
