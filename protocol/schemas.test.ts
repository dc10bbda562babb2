import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { auditEventBatch } from './audit-event.ts';
import {
  clientConfiguration,
  clientToCloud,
  cloudToClient,
  formatClientLink,
  keyForGateway,
  parseClientLink,
  redeemRequest,
} from './client-api.ts';
import { gatewayStatus } from './gateway-bus.ts';
import { gatewayConfiguration, gatewayDesired, gatewayReport, gatewaySession } from './gateway-configuration.ts';
import { consoleInformation, gatewaySettings, switchFlag } from './gateway-files.ts';
import { PRODUCTION_RELAYS, relayEndpoint, relayUrl } from './network-endpoints.ts';
import { endToRelay, relayProofMessage, relayToEnd } from './relay-control.ts';
import { relayTokenClaims } from './relay-token.ts';
import { addressesOf, releasedAddress } from './released-address.ts';
import { encapsulatedKey, encapsulationKey } from './wire-values.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ENCAPSULATION_KEY = Buffer.alloc(1184, 7).toString('base64');
const ENCAPSULATED_KEY = Buffer.alloc(1088, 7).toString('base64');
const SESSION = '7e0c1a3e-4f55-4c1e-9d0f-0a7c3a8a1b11';
const AT = '2026-11-24T05:00:00.000Z';
const RELEASED = { address: '192.168.250.10', protocol: 'tcp', port: 80 };
const RELAY = { name: 'relay0.c-us', region: 'c-us', host: 'relay0.example.com', port: 443 };
const GATEWAY_SESSION = {
  name: 'Press',
  user: 'Erika',
  clientPublicKey: KEY,
  encapsulatedKey: ENCAPSULATED_KEY,
  clientAddress: '100.64.0.2',
  released: [RELEASED],
  startedAt: AT,
  expiresAt: AT,
  relayToken: 'token',
  signallingSecret: KEY,
  approval: { email: 'erika@service.example', organisation: 'Service', reason: 'Ticket 4711', until: AT },
};
const GATEWAY_CONFIGURATION = {
  tunnelAddress: '100.64.0.1',
  relays: [RELAY],
  stunServers: [],
  sessions: { [SESSION]: GATEWAY_SESSION },
};
const CLIENT_CONFIGURATION = {
  session: { id: SESSION, name: 'Press', expiresAt: AT },
  address: '100.64.0.2',
  gateways: [
    {
      registrationId: 'gateway-1',
      name: 'Hall 1',
      publicKey: KEY,
      encapsulationKey: ENCAPSULATION_KEY,
      tunnelAddress: '100.64.0.1',
      released: [RELEASED],
      signallingSecret: KEY,
    },
  ],
  relays: [RELAY],
  stunServers: [],
  relayToken: 'token',
  eventToken: 'token',
};

/** Every format of the protocol that a program reads from outside, with one value that it takes. */
const FORMATS: readonly (readonly [string, z.ZodType, unknown])[] = [
  ['control messages to a relay', endToRelay, { type: 'hello', publicKey: KEY }],
  ['control messages of a relay', relayToEnd, { type: 'presence', channel: 3, present: true }],
  [
    'claims of a relay token',
    relayTokenClaims,
    { aud: 'remoteconnect-relay', sub: KEY, peers: [KEY], sid: SESSION, exp: 1 },
  ],
  ['configurations of a gateway', gatewayConfiguration, GATEWAY_CONFIGURATION],
  [
    'reports of a gateway',
    gatewayReport,
    {
      version: '1',
      wireguardPublicKey: KEY,
      encapsulationKey: ENCAPSULATION_KEY,
      localNetworks: ['192.168.250.0/24'],
      remoteConnect: 'on',
      switchOnId: SESSION,
      sessions: {},
    },
  ],
  [
    'batches of audit events',
    auditEventBatch,
    { events: [{ log: SESSION, sequence: 1, at: AT, detail: { kind: 'service-started', version: '1' } }] },
  ],
  [
    'requests to redeem a ticket',
    redeemRequest,
    { ticket: 'x'.repeat(43), publicKey: KEY, client: { version: '1', platform: 'linux', computer: 'pc' } },
  ],
  ['configurations of a client', clientConfiguration, CLIENT_CONFIGURATION],
  ['messages of the cloud to a client', cloudToClient, { type: 'ended', reason: 'over' }],
  ['messages of a client', clientToCloud, { type: 'leave' }],
  [
    'encapsulated keys of a client',
    keyForGateway,
    { registrationId: 'g', encapsulationKey: ENCAPSULATION_KEY, encapsulatedKey: ENCAPSULATED_KEY },
  ],
  [
    'the status on the bus',
    gatewayStatus,
    { version: '1', registrationId: 'g', cloud: { state: 'onboarding' }, until: null, connections: [] },
  ],
  ['settings of a gateway', gatewaySettings, { idScope: '0ne00000000' }],
  ['the flag of the switch', switchFlag, { id: SESSION, until: AT }],
  ['what the console shows', consoleInformation, { fingerprint: Array(32).fill('AB').join(':'), oneTimeCode: null }],
  ['endpoints', relayEndpoint, RELAY],
];

test.each(FORMATS)('%s are taken as they are, and stay the same when they are read again', (_, schema, value) => {
  const once = schema.parse(value);
  expect(schema.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
});

test.each(FORMATS)('fuzz: %s are taken or refused, and nothing is thrown', (_, schema) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const { success, data } = schema.safeParse(value);
      if (success) expect(schema.parse(data)).toEqual(data);
    }),
  );
});

test.each(FORMATS)(
  'fuzz: %s with one field replaced are taken or refused, and nothing is thrown',
  (_, schema, value) => {
    const fields = Object.keys(Object(value));
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 3 }), (field, replacement) => {
        schema.safeParse({ ...Object(value), [field]: replacement });
      }),
    );
  },
);

test.each(FORMATS.filter(([, schema]) => schema !== relayTokenClaims))(
  '%s with a word that nobody knows are refused',
  (_, schema, value) => {
    expect(schema.safeParse({ ...Object(value), unheardOf: 1 }).success).toBe(false);
  },
);

test('keys beside ours in a twin are nobody’s concern', () => {
  expect(gatewayDesired.safeParse({ $version: 4, tags: {} }).success).toBe(true);
});

test('T6: a port without a protocol is refused', () => {
  expect(releasedAddress.safeParse({ address: '192.168.250.10', port: 80 }).success).toBe(false);
});

test('T7: the addresses of a whitelist stand there once each, in its order', () => {
  const released = [
    { address: '10.0.0.2' },
    { address: '10.0.0.1' },
    { address: '10.0.0.2', protocol: 'udp' as const },
  ];
  expect(addressesOf(released)).toEqual(['10.0.0.2', '10.0.0.1']);
});

test('C10: two relays in each of two regions, reached over TLS', () => {
  const regions = PRODUCTION_RELAYS.map(({ region }) => region);
  expect(regions).toEqual(['c-us', 'c-us', 'w-eu', 'w-eu']);
  expect(PRODUCTION_RELAYS.map(relayUrl)[0]).toBe('wss://relay0.remoteconnect-c-us-prod.moneo.ifm:443/relay');
});

test('what a proof is taken over tells every two nonces and keys apart', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  fc.assert(
    fc.property(fc.tuple(key, key, key), fc.tuple(key, key, key), (one, other) => {
      const isSame = Buffer.from(relayProofMessage(...one)).equals(relayProofMessage(...other));
      expect(isSame).toBe(one.every((value, index) => value === other[index]));
    }),
  );
});

const ticket = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url'));

test('W4: a link that is written is read again', () => {
  const host = fc.constantFrom('cloud.example.com', 'cloud.example.com:8443', '203.0.113.12:443');
  fc.assert(
    fc.property(host, ticket, (cloud, value) => {
      expect(parseClientLink(formatClientLink({ cloud, ticket: value }))).toEqual({ cloud, ticket: value });
    }),
  );
});

test.each([
  ['another scheme', 'https://open?cloud=a.example&ticket='],
  ['another verb', 'moneo-remoteconnect://close?cloud=a.example&ticket='],
  ['a path', 'moneo-remoteconnect://open/x?cloud=a.example&ticket='],
  ['a user', 'moneo-remoteconnect://me@open?cloud=a.example&ticket='],
  ['a second cloud', 'moneo-remoteconnect://open?cloud=b.example&cloud=a.example&ticket='],
  ['a word that nobody knows', 'moneo-remoteconnect://open?then=run&cloud=a.example&ticket='],
  ['a cloud with a path', 'moneo-remoteconnect://open?cloud=a.example/x&ticket='],
])('a link with %s is refused', (_, start) => {
  expect(parseClientLink(`${start}${'x'.repeat(43)}`)).toBeNull();
});

test('fuzz: any text is a link or none, and nothing is thrown', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `moneo-remoteconnect://open?${rest}`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const link = parseClientLink(given);
      if (link !== null) expect(parseClientLink(formatClientLink(link))).toEqual(link);
    }),
  );
});

test.each([
  ['a key for encapsulation', encapsulationKey, 1184],
  ['an encapsulated key', encapsulatedKey, 1088],
])('T1: %s is taken in its own length only, in base64', (_, schema, length) => {
  const takes = (bytes: number) => schema.safeParse(Buffer.alloc(bytes, 7).toString('base64')).success;
  expect([length - 1, length, length + 1].map(takes)).toEqual([false, true, false]);
  expect(schema.safeParse(Buffer.alloc(length, 0xff).toString('base64').replace('/', '_')).success).toBe(false);
});

test('T1: a gateway takes no session without an encapsulated key', () => {
  const { encapsulatedKey: _none, ...without } = GATEWAY_SESSION;
  expect(gatewaySession.safeParse(GATEWAY_SESSION).success).toBe(true);
  expect(gatewaySession.safeParse(without).success).toBe(false);
});
