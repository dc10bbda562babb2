/** Values as gateways and clients send them. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ClientConfiguration, KeyForGateway } from '@edgegateway/protocol/client-api';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';

export function newWireguardKey(): string {
  const der = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' });
  return der.subarray(-32).toString('base64');
}

export function newReport(report: Partial<GatewayReport> = {}): GatewayReport {
  return {
    version: '1.0.0',
    wireguardPublicKey: newWireguardKey(),
    encapsulationKey: randomBytes(1184).toString('base64'),
    localNetworks: ['192.168.250.0/24'],
    remoteConnect: 'on',
    switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
    sessions: {},
    ...report,
  };
}

/** What the client of this configuration encapsulates for its gateways: always the same. */
export function keysFor({ eventToken, gateways }: ClientConfiguration): KeyForGateway[] {
  return gateways.map(({ registrationId, encapsulationKey }) => ({
    ...{ registrationId, encapsulationKey },
    encapsulatedKey: createHash('shake256', { outputLength: 1088 })
      .update(`${eventToken} ${registrationId} ${encapsulationKey}`)
      .digest('base64'),
  }));
}

export function ticketOf(link: string): string {
  return new URL(link).searchParams.get('ticket') ?? '';
}

export function randomTicket(): string {
  return randomBytes(32).toString('base64url');
}
