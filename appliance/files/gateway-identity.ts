/** Who this gateway is, as far as the shared files tell. A file that cannot be used counts as absent and is told once. */
import { X509Certificate } from 'node:crypto';
import { type GatewaySettings, gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { registrationId } from '@edgegateway/protocol/wire-values';
import { readIfPresent } from './atomic-file.ts';

/** Delivered settings, for a gateway that nobody has provisioned. */
export const DEFAULT_SETTINGS: GatewaySettings = gatewaySettings.parse({});

export interface GatewayIdentity {
  readonly settings: GatewaySettings;
  readonly registrationId: string | null;
  /** PEM. */
  readonly deviceCertificate: string | null;
}

export async function readGatewayIdentity(paths: {
  readonly settings: string;
  readonly deviceCertificate: string;
}): Promise<GatewayIdentity> {
  const [settingsText, certificateText] = await Promise.all([
    readIfPresent(paths.settings),
    readIfPresent(paths.deviceCertificate),
  ]);
  const settings = parseSettings(settingsText);
  const certificate = certificateText === null ? null : parseDeviceCertificate(certificateText);
  return {
    settings,
    registrationId: settings.registrationId ?? certificate?.registrationId ?? null,
    deviceCertificate: certificate?.pem ?? null,
  };
}

export function parseSettings(text: string | null): GatewaySettings {
  if (text === null) return DEFAULT_SETTINGS;
  try {
    return gatewaySettings.safeParse(JSON.parse(text)).data ?? DEFAULT_SETTINGS;
  } catch {
    return DEFAULT_SETTINGS;
  }
}

/** Only the first certificate of the text, written anew: whatever else the file holds never leaves the gateway. */
export function parseDeviceCertificate(text: string): { pem: string; registrationId: string | null } | null {
  try {
    const certificate = new X509Certificate(text);
    const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
    return { pem: certificate.toString(), registrationId: registrationId.safeParse(name).data ?? null };
  } catch {
    return null;
  }
}
