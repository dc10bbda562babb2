/** Checks an integrator's settings before they go onto a stick, so that a mistake shows at the desk and not in the plant. */
import { X509Certificate } from 'node:crypto';
import { type GatewaySettings, gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { z } from 'zod';
import { ImageError } from './errors.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** @throws ImageError bad-settings, naming each wrong member */
export function checkSettings(text: string): GatewaySettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ImageError('bad-settings', `The settings are not JSON: ${problem}`, { cause: error });
  }
  const settings = gatewaySettings.safeParse(value);
  if (!settings.success) {
    throw new ImageError('bad-settings', `The settings are wrong:\n${z.prettifyError(settings.error)}`);
  }
  return settings.data;
}

/**
 * @returns the certificates alone, PEM
 * @throws ImageError bad-settings when there is none, when one is broken, expired or not of an authority
 */
export function checkCertificates(text: string, now: Date): string {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new ImageError('bad-settings', 'The certificate file holds no PEM certificate.');
  for (const [index, pem] of certificates.entries()) {
    const name = `Certificate ${index + 1}`;
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(pem);
    } catch (error) {
      throw new ImageError('bad-settings', `${name} cannot be read.`, { cause: error });
    }
    if (!certificate.ca) throw new ImageError('bad-settings', `${name} is not one of a certification authority.`);
    if (certificate.validToDate < now) {
      throw new ImageError('bad-settings', `${name} expired on ${certificate.validToDate.toISOString()}.`);
    }
  }
  return certificates.map((pem) => `${pem}\n`).join('');
}
