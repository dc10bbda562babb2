/** What this gateway is to the cloud: read afresh before every connection, so that new settings need no restart. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { registrationId as registrationIdSchema } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { readIfPresent } from '../durable-file.ts';
import { ServiceError, sentenceOf } from '../errors.ts';

export interface IdentityPaths {
  readonly settings: string;
  readonly ca: string;
  readonly deviceCertificate: string;
  readonly deviceKey: string;
}

export interface GatewayIdentity {
  readonly idScope: string;
  readonly registrationId: string;
  readonly dps: { readonly host: string; readonly port: number };
  readonly certificatePem: string;
  readonly keyPem: string;
  /** The only authority trusted, when there is one; otherwise the public ones are. */
  readonly caPem: string | null;
}

/**
 * @throws ServiceError 'settings-invalid' | 'identity-incomplete'
 */
export async function readIdentity(paths: IdentityPaths): Promise<GatewayIdentity> {
  const settings = await readSettings(paths.settings);
  if (settings.idScope === undefined) throw new ServiceError('identity-incomplete', 'no ID scope is set');
  const certificatePem = await readPem(paths.deviceCertificate, 'device certificate');
  const keyPem = await readPem(paths.deviceKey, 'device key');
  const named = commonNameOf(certificatePem);
  if (settings.registrationId !== undefined && settings.registrationId !== named)
    throw new ServiceError(
      'identity-incomplete',
      `the certificate is for "${named}", the settings name "${settings.registrationId}"`,
    );
  return {
    idScope: settings.idScope,
    registrationId: named,
    dps: settings.dps,
    certificatePem,
    keyPem,
    caPem: await readIfPresent(paths.ca),
  };
}

/**
 * The gateway's name alone: known before the rest of the identity is complete.
 * @throws ServiceError 'settings-invalid' | 'identity-incomplete'
 */
export async function readRegistrationId(paths: IdentityPaths): Promise<string> {
  const settings = await readSettings(paths.settings);
  return settings.registrationId ?? commonNameOf(await readPem(paths.deviceCertificate, 'device certificate'));
}

async function readSettings(path: string) {
  const text = (await readIfPresent(path)) ?? '{}';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('settings-invalid', sentenceOf(cause), { cause });
  }
  const parsed = gatewaySettings.safeParse(json);
  if (!parsed.success) throw new ServiceError('settings-invalid', z.prettifyError(parsed.error).replaceAll('\n', ' '));
  return parsed.data;
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ServiceError('identity-incomplete', `the ${what} cannot be read`, { cause });
  }
}

/** DPS demands that the leaf's common name is the registration id. */
function commonNameOf(certificatePem: string): string {
  let subject: string;
  try {
    subject = new X509Certificate(certificatePem).subject;
  } catch (cause) {
    throw new ServiceError('identity-incomplete', 'the device certificate is not one', { cause });
  }
  const name = /^CN=(.*)$/m.exec(subject)?.[1];
  const parsed = registrationIdSchema.safeParse(name);
  if (!parsed.success) throw new ServiceError('identity-incomplete', 'the certificate names no registration id');
  return parsed.data;
}
