/** Whether a device is who it says: certificate or shared access signature, by itself or by a group. */
import { X509Certificate } from 'node:crypto';
import type { Attestation, HubDevice, HubGroup } from '../hub.ts';
import type { DeviceCertificate } from './device-certificate.ts';
import { derivedKey, sasExpiry } from './sas-token.ts';

export interface Credentials {
  readonly certificate: DeviceCertificate | null;
  /** The MQTT password or the Authorization header: a shared access signature. */
  readonly token: string | null;
}

/** For what the device shows its credentials: the hub or DPS. */
export interface Purpose {
  readonly resource: string;
  readonly keyName: string | null;
  readonly now: number;
}

export type Proof =
  | { readonly proof: 'certificate'; readonly fingerprint: string }
  /** `expiresAt`: milliseconds since 1970. */
  | { readonly proof: 'token'; readonly expiresAt: number };

/** Null: this device is not proven. `groups` are those there are. */
export function proveDevice(
  { registrationId, attestation }: Pick<HubDevice, 'registrationId' | 'attestation'>,
  credentials: Credentials,
  purpose: Purpose,
  groups: ReadonlyMap<string, HubGroup>,
): Proof | null {
  const fingerprint = fingerprintOf(attestation);
  if (fingerprint !== null) return proveFingerprint(registrationId, fingerprint, credentials);
  const keys = keysOf(registrationId, attestation, groups);
  return keys === null ? null : proveKey(keys, credentials, purpose);
}

/** Null: this group does not let this device in. */
export function proveByGroup(
  registrationId: string,
  { attestation }: HubGroup,
  credentials: Credentials,
  purpose: Purpose,
): Proof | null {
  switch (attestation.kind) {
    case 'certificate-authority': {
      const { certificate } = credentials;
      if (certificate?.commonName !== registrationId) return null;
      const authority = new X509Certificate(attestation.caPem);
      return isSignedBy(authority, certificate.chain(), purpose.now)
        ? { proof: 'certificate', fingerprint: certificate.fingerprint }
        : null;
    }
    case 'symmetric-key':
      return proveKey(derivedKeys(registrationId, attestation), credentials, purpose);
  }
}

/** From the leaf up, each signed by the next and the last by the authority; all of them in their time. */
function isSignedBy(authority: X509Certificate, chain: readonly X509Certificate[], now: number): boolean {
  for (const [index, certificate] of chain.entries()) {
    if (index > 0 && !certificate.ca) return false;
    if (!isInTime(certificate, now)) return false;
    if (isIssued(certificate, authority)) return isInTime(authority, now);
    const next = chain[index + 1];
    if (next === undefined || !isIssued(certificate, next)) return false;
  }
  return false;
}

function isIssued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isInTime({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

function fingerprintOf(attestation: Attestation): string | null {
  switch (attestation.kind) {
    case 'certificate':
      return new X509Certificate(attestation.certificatePem).fingerprint256;
    case 'group':
      return attestation.fingerprint;
    case 'symmetric-key':
      return null;
  }
}

function keysOf(id: string, attestation: Attestation, groups: ReadonlyMap<string, HubGroup>): readonly string[] | null {
  switch (attestation.kind) {
    case 'symmetric-key':
      return [attestation.primaryKey, attestation.secondaryKey];
    case 'group': {
      const group = groups.get(attestation.groupId);
      return group?.attestation.kind === 'symmetric-key' ? derivedKeys(id, group.attestation) : null;
    }
    case 'certificate':
      return null;
  }
}

function derivedKeys(id: string, keys: { readonly primaryKey: string; readonly secondaryKey: string }): string[] {
  return [keys.primaryKey, keys.secondaryKey].map((key) => derivedKey(key, id));
}

function proveFingerprint(id: string, fingerprint: string, { certificate }: Credentials): Proof | null {
  return certificate?.commonName === id && certificate.fingerprint === fingerprint
    ? { proof: 'certificate', fingerprint }
    : null;
}

function proveKey(keys: readonly string[], { token }: Credentials, purpose: Purpose): Proof | null {
  const expiresAt = token === null ? null : sasExpiry(token, { ...purpose, keys });
  return expiresAt === null ? null : { proof: 'token', expiresAt };
}
