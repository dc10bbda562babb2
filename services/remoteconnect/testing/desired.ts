import type { GatewayConfiguration, GatewaySession } from '@edgegateway/protocol/gateway-configuration';

export const SESSION_ID = '5f0c7d6e-3f63-4c2a-9d55-0d6f6c7c1a01';
export const OTHER_SESSION_ID = '5f0c7d6e-3f63-4c2a-9d55-0d6f6c7c1a02';

/** One switching on at the plant, and the next one. */
export const SWITCH_ON = '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01';
export const NEXT_SWITCH_ON = '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a02';

/** 32 equal bytes in base64. */
export function key(byte: number): string {
  return Buffer.alloc(32, byte).toString('base64');
}

export function session(changes: Partial<GatewaySession> = {}): GatewaySession {
  return {
    name: 'Inspect the pump',
    user: 'Tina Technician',
    clientPublicKey: key(1),
    encapsulatedKey: Buffer.alloc(1088, 3).toString('base64'),
    clientAddress: '100.64.0.2',
    released: [{ address: '192.168.250.10', protocol: 'tcp', port: 80 }],
    startedAt: '2026-06-01T08:00:00.000Z',
    expiresAt: '2026-06-01T09:00:00.000Z',
    relayToken: 'token',
    signallingSecret: key(9),
    ...changes,
  };
}

export function configuration(sessions: Readonly<Record<string, GatewaySession>>): GatewayConfiguration {
  return {
    tunnelAddress: '100.64.0.1',
    relays: [{ name: 'relay0.w-eu', region: 'w-eu', host: 'relay0.example', port: 443 }],
    stunServers: [],
    sessions: { ...sessions },
  };
}

export function desired(version: number, sessions: Readonly<Record<string, GatewaySession>>) {
  return { version, properties: { remoteConnect: configuration(sessions) } };
}
