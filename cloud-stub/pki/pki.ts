/**
 * The cloud's own certification authority, the certificates of its hosts and the key of the relay tokens, below
 * `dataDirectory/pki`. Relays read the files (CLOUD_FILES); only this module writes them, and only the cloud calls it.
 *
 * An authority, once made, is never replaced by itself: gateways and clients trust exactly that one.
 */
import type { KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CLOUD_FILES, type CloudConfiguration } from '../configuration.ts';
import { readFileIfPresent, writeFileAtomically } from './atomic-file.ts';
import { ensureAuditKey } from './audit-key.ts';
import { PkiError } from './errors.ts';
import { ensureRelayTokenKey } from './relay-token-key.ts';
import {
  createAuthority,
  isCurrentHostCertificate,
  issueHostCertificate,
  type KeyedCertificate,
  readPair,
} from './x509.ts';

/** PEM; belongs to CLOUD_FILES.ca and is for the cloud alone. */
export const AUTHORITY_KEY_FILE = 'pki/ca.key';
const RELAY_TOKEN_PRIVATE_FILE = 'pki/relay-token.private.json';
const AUDIT_PRIVATE_FILE = 'pki/audit.private.pem';
const DAY = 24 * 60 * 60 * 1000;

/** A host certificate with less than this left is renewed at the next start. */
export const RENEWAL_MARGIN = 60 * DAY;

export interface HostCertificate {
  readonly certPem: string;
  /** PKCS#8 */
  readonly keyPem: string;
}

export interface Pki {
  readonly caPem: string;
  /** @throws PkiError unknown-host */
  certificateFor(host: string): HostCertificate;
  /** Ed25519, as jose and node:crypto take it. */
  readonly relayTokenPrivateKey: KeyObject;
  /** Ed25519; signs exports of the audit log. */
  readonly auditKey: KeyObject;
}

export type PkiConfiguration = Pick<CloudConfiguration, 'dataDirectory' | 'web' | 'dps' | 'hub' | 'relays'>;

/**
 * Reads what is there, makes what is missing, renews what is near its end.
 * @throws PkiError authority-incomplete, authority-expired, token-key-damaged, audit-key-damaged
 */
export async function ensurePki(configuration: PkiConfiguration, now: Date = new Date()): Promise<Pki> {
  const path = (file: string): string => join(configuration.dataDirectory, file);
  await mkdir(path(CLOUD_FILES.certificates), { recursive: true });
  const authority = await ensureAuthority(path(CLOUD_FILES.ca), path(AUTHORITY_KEY_FILE), now);
  const relayTokenPrivateKey = await ensureRelayTokenKey(
    path(RELAY_TOKEN_PRIVATE_FILE),
    path(CLOUD_FILES.relayTokenKey),
  );
  const auditKey = await ensureAuditKey(path(AUDIT_PRIVATE_FILE), path(CLOUD_FILES.auditKey));
  const certificates = new Map<string, HostCertificate>();
  for (const host of hostNames(configuration)) {
    const { certificatePem, keyPem } = await ensureHost(
      authority,
      host,
      path(join(CLOUD_FILES.certificates, host)),
      now,
    );
    certificates.set(host, { certPem: certificatePem, keyPem });
  }
  return {
    caPem: authority.certificatePem,
    relayTokenPrivateKey,
    auditKey,
    certificateFor(host) {
      const certificate = certificates.get(host);
      if (certificate === undefined) throw new PkiError('unknown-host', `There is no certificate for ${host}.`);
      return certificate;
    },
  };
}

/** Every host that speaks TLS, each once. STUN does not. */
function hostNames(configuration: PkiConfiguration): Set<string> {
  const { web, dps, hub, relays } = configuration;
  const own = 'kind' in hub ? [web, ...relays] : [web, dps, hub, ...relays];
  return new Set(own.map((listener) => listener.host));
}

async function ensureAuthority(certificateFile: string, keyFile: string, now: Date): Promise<KeyedCertificate> {
  const certificatePem = await readFileIfPresent(certificateFile);
  if (certificatePem === null) {
    // The key is written first: a key without a certificate is the trace of an interrupted first start.
    const created = await createAuthority(now);
    await writeFileAtomically(keyFile, created.keyPem, 'secret');
    await writeFileAtomically(certificateFile, created.certificatePem, 'public');
    return created;
  }
  const keyPem = await readFileIfPresent(keyFile);
  if (keyPem === null) throw new PkiError('authority-incomplete', `${keyFile} is missing.`);
  const certificate = readPair({ certificatePem, keyPem });
  if (certificate === null)
    throw new PkiError('authority-incomplete', `${certificateFile} and ${keyFile} do not belong together.`);
  if (certificate.validToDate <= now)
    throw new PkiError('authority-expired', `${certificateFile} expired on ${certificate.validToDate.toISOString()}.`);
  return { certificatePem, keyPem };
}

async function ensureHost(
  authority: KeyedCertificate,
  host: string,
  file: string,
  now: Date,
): Promise<KeyedCertificate> {
  const [certificatePem, keyPem] = await Promise.all([
    readFileIfPresent(`${file}.pem`),
    readFileIfPresent(`${file}.key`),
  ]);
  if (certificatePem !== null && keyPem !== null) {
    const stored = { certificatePem, keyPem };
    if (isCurrentHostCertificate(stored, authority, host, now, RENEWAL_MARGIN)) return stored;
  }
  const issued = await issueHostCertificate(authority, host, now);
  await writeFileAtomically(`${file}.key`, issued.keyPem, 'secret');
  await writeFileAtomically(`${file}.pem`, issued.certificatePem, 'public');
  return issued;
}
