/** What an integrator may put on a provisioning stick, and what of it the gateway accepts. */
import { X509Certificate } from 'node:crypto';
import { type GatewaySettings, gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { z } from 'zod';

/** Names on the stick, at its top. */
export const SETTINGS_FILE = 'settings.json';
export const CERTIFICATE_FILE = 'ca.pem';

/** More than any real file of the kind; a stick is foreign input. */
export const LIMIT_BYTES = 64 * 1024;
const CERTIFICATES_MAXIMUM = 20;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The stick is not used; `message` says why, in words for the journal. */
export class StickError extends Error {
  override readonly name = 'StickError';
}

/** @throws StickError when it is not JSON or breaks the schema; names each wrong member */
export function parseSettings(text: string): GatewaySettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StickError(`${SETTINGS_FILE} is not JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
  const settings = gatewaySettings.safeParse(value);
  if (!settings.success) throw new StickError(`${SETTINGS_FILE}: ${z.prettifyError(settings.error)}`);
  return settings.data;
}

/**
 * Takes the certificates out of a PEM file, without comments and whatever else stands around them.
 * @returns PEM, one certificate after the other
 * @throws StickError when there is none, or one cannot be read
 */
export function parseCertificates(text: string): string {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || certificates.length > CERTIFICATES_MAXIMUM) {
    throw new StickError(
      `${CERTIFICATE_FILE} must hold 1 to ${CERTIFICATES_MAXIMUM} PEM certificates; it holds ${certificates.length}.`,
    );
  }
  for (const [index, certificate] of certificates.entries()) {
    try {
      if (new X509Certificate(certificate).ca) continue;
    } catch (error) {
      throw new StickError(`${CERTIFICATE_FILE}: certificate ${index + 1} cannot be read.`, { cause: error });
    }
    throw new StickError(`${CERTIFICATE_FILE}: certificate ${index + 1} is not one of a certification authority.`);
  }
  return certificates.map((certificate) => `${certificate}\n`).join('');
}

/** A drop-in for the plant side's systemd.network(5) file: it takes the place of the address set there. */
export function networkDropIn(settings: GatewaySettings): string {
  return `[Network]\nAddress=\nAddress=${settings.network.lan.address}\n`;
}
