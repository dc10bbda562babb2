/** What the tests' cloud knows at the beginning: a plant as it might be. */

import { formatClientLink } from '@edgegateway/protocol/client-api';
import type { AccessToken } from '../../api/contract/access-tokens.ts';
import type { EnrolmentGroup } from '../../api/contract/enrolment.ts';
import { ALWAYS, type ClientDownload } from '../../api/contract/session-rules.ts';
import type { AuditEntry, Gateway, NewRelease, Session, SessionRelease, User } from '../../api/contract.ts';
import { type FakeAccess, sampleAccess } from './fake-account.ts';

export interface FakeState {
  me: User | null;
  users: User[];
  gateways: Gateway[];
  sessions: Session[];
  enrolmentGroups: EnrolmentGroup[];
  /** Newest first. */
  audit: AuditEntry[];
  access: FakeAccess;
  clientDownload: ClientDownload | null;
  accessTokens: AccessToken[];
}

export const LINK = formatClientLink({ cloud: 'cloud.example:8443', ticket: 'T'.repeat(43) });

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBszCCAVmgAwIBAgIUQ2xvdWRTdHViVGVzdENlcnRpZmljYXRlMAoGCCqGSM49
-----END CERTIFICATE-----`;

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const ENROLMENT_GROUP: EnrolmentGroup = {
  id: uuid(801),
  name: 'Gateways of the works',
  authority: 'O=Plant Example, CN=Gateway signing 2026',
  fingerprint: Array.from({ length: 32 }, (_, at) => (at * 7 + 16).toString(16).toUpperCase().padStart(2, '0')).join(
    ':',
  ),
  validUntil: '2036-11-24T09:00:00.000Z',
  createdAt: '2026-11-20T09:00:00.000Z',
  gateways: 2,
};

const USERS: readonly User[] = [
  { id: uuid(1), email: 'anna.berger@plant.example', name: 'Anna Berger', role: 'administrator', state: 'active' },
  { id: uuid(2), email: 'tom@service.example', name: 'Tom Fischer', role: 'remoteconnect-user', state: 'active' },
  { id: uuid(3), email: 'jana@service.example', name: 'Jana Novak', role: 'remoteconnect-user', state: 'invited' },
  {
    id: uuid(4),
    email: 'lee@plant.example',
    name: 'Lee Carter',
    role: 'remoteconnect-administrator',
    state: 'active',
  },
];

export const CONTROLLER = uuid(101);

const PLAIN = { services: [], notes: '', link: null, mappedAddress: null };

const GATEWAYS: readonly Gateway[] = [
  {
    registrationId: 'gw-essen-hall-2',
    name: 'Essen, hall 2',
    state: 'online',
    lastSeenAt: '2026-11-24T09:00:12.000Z',
    version: '0.1.0',
    localNetworks: ['192.168.250.0/24'],
    devices: [
      {
        ...PLAIN,
        id: CONTROLLER,
        gateway: 'gw-essen-hall-2',
        name: 'Press controller',
        kind: 'controller',
        address: '192.168.250.10',
        services: [
          { name: 'Web page', protocol: 'tcp', port: 80 },
          { name: 'Modbus', protocol: 'tcp', port: 502 },
        ],
        notes: 'Cabinet 4, second row',
        link: 'https://assets.plant.example/4711',
      },
      {
        ...PLAIN,
        id: uuid(102),
        gateway: 'gw-essen-hall-2',
        name: 'IO-Link master A',
        kind: 'io-link-master',
        address: '192.168.250.20',
      },
      {
        ...PLAIN,
        id: uuid(103),
        gateway: 'gw-essen-hall-2',
        name: 'Operator panel',
        kind: 'hmi',
        address: '192.168.250.30',
        mappedAddress: '100.112.0.1',
      },
    ],
  },
  {
    registrationId: 'gw-linz-packaging',
    name: 'Linz, packaging',
    state: 'off',
    lastSeenAt: '2026-11-23T16:41:00.000Z',
    version: '0.1.0',
    localNetworks: ['192.168.250.0/24'],
    devices: [
      {
        ...PLAIN,
        id: uuid(104),
        gateway: 'gw-linz-packaging',
        name: 'Vibration monitor',
        kind: 'vibration-electronics',
        address: '192.168.250.10',
      },
    ],
  },
  {
    registrationId: 'gw-new',
    name: 'Lyon, spare',
    state: 'never',
    lastSeenAt: null,
    version: null,
    localNetworks: [],
    devices: [],
  },
];

export const PREPARED = uuid(201);
export const ACTIVE = uuid(202);
export const WAITING = uuid(204);

function sessions(users: readonly User[]): Session[] {
  const [anna, tom] = users;
  const common = {
    description: 'The press stops with fault 17 after about two hours.',
    reason: 'Ticket 4711',
    maximumMinutes: 90,
    createdAt: '2026-11-24T08:12:00.000Z',
    createdBy: 'Anna Berger',
    stateWhy: null,
    validity: ALWAYS,
    plantApproval: false,
    may: { start: true, end: true, change: true },
  };
  return [
    {
      ...common,
      id: PREPARED,
      name: 'Press fault 17',
      state: 'prepared',
      stateReason: '',
      released: [
        {
          gateway: 'gw-essen-hall-2',
          device: 'Press controller',
          target: { address: '192.168.250.10', protocol: 'tcp', port: 502 },
          reachedAs: '192.168.250.10',
        },
        {
          gateway: 'gw-essen-hall-2',
          device: null,
          target: { address: '192.168.250.77' },
          reachedAs: '192.168.250.77',
        },
      ],
      users: tom === undefined ? [] : [tom],
      startedAt: null,
      startedBy: null,
      endedAt: null,
      expiresAt: null,
      progress: null,
    },
    {
      ...common,
      id: ACTIVE,
      name: 'Panel update',
      state: 'active',
      stateReason: '',
      released: [
        {
          gateway: 'gw-essen-hall-2',
          device: 'Operator panel',
          target: { address: '192.168.250.30' },
          reachedAs: '100.112.0.1',
        },
      ],
      users: tom === undefined ? [] : [tom],
      startedAt: '2026-11-24T08:40:00.000Z',
      startedBy: tom ?? null,
      endedAt: null,
      expiresAt: '2026-11-24T10:10:00.000Z',
      progress: {
        ticketRedeemedAt: '2026-11-24T08:40:21.000Z',
        computer: 'SERVICE-PC-7',
        gateways: { 'gw-essen-hall-2': 'connected' },
        approvals: {},
        peers: [
          {
            registrationId: 'gw-essen-hall-2',
            state: 'connected',
            path: 'direct',
            relayReason: null,
            relay: 'relay0.w-eu',
            roundTripMilliseconds: 12.4,
            mtu: 1280,
            lastHandshakeAt: '2026-11-24T08:58:01.000Z',
            receivedBytes: 1_482_112,
            sentBytes: 90_233,
          },
        ],
      },
    },
    {
      ...common,
      id: uuid(203),
      name: 'Monthly check of the vibration monitor',
      state: 'ended',
      stateReason: 'Ended by Lee Carter.',
      stateWhy: { code: 'ended-by-user', name: 'Lee Carter' },
      released: [
        {
          gateway: 'gw-linz-packaging',
          device: 'Vibration monitor',
          target: { address: '192.168.250.10' },
          reachedAs: '192.168.250.10',
        },
      ],
      users: [],
      startedAt: '2026-10-24T08:40:00.000Z',
      startedBy: anna ?? null,
      endedAt: '2026-10-24T09:02:00.000Z',
      expiresAt: null,
      progress: null,
    },
    {
      ...common,
      id: WAITING,
      name: 'Pump inspection',
      state: 'waiting-for-approval',
      stateReason: 'The plant has been asked to approve it.',
      stateWhy: { code: 'waiting-for-approval', until: '2026-11-24T09:10:00.000Z' },
      plantApproval: true,
      validity: {
        from: '2026-11-01T06:00:00.000Z',
        to: null,
        windows: [{ days: ['monday', 'tuesday'], from: '07:30', to: '16:00' }],
        timeZone: 'Europe/Vienna',
      },
      released: [
        {
          gateway: 'gw-essen-hall-2',
          device: 'Operator panel',
          target: { address: '192.168.250.30' },
          reachedAs: '100.112.0.1',
        },
      ],
      users: tom === undefined ? [] : [tom],
      startedAt: '2026-11-24T09:00:00.000Z',
      startedBy: tom ?? null,
      endedAt: null,
      expiresAt: '2026-11-24T10:30:00.000Z',
      progress: {
        ticketRedeemedAt: '2026-11-24T09:00:10.000Z',
        computer: 'SERVICE-PC-7',
        gateways: { 'gw-essen-hall-2': 'waiting-for-approval' },
        approvals: { 'gw-essen-hall-2': null },
        peers: [],
      },
    },
  ];
}

type Told = Pick<AuditEntry, 'actor' | 'action' | 'sessionId' | 'gateway' | 'details'>;

function entryOf(sequence: number, told: Told): AuditEntry {
  return {
    sequence,
    at: `2026-11-24T08:${String(20 + (sequence % 40)).padStart(2, '0')}:00.000Z`,
    origin: told.actor.includes('@') ? '203.0.113.7' : null,
    hash: String(sequence % 10).repeat(64),
    ...told,
  };
}

/** A flow of the active session, as the gateway told it. */
function eventOf(minute: number, flow: object): AuditEntry['details'] {
  return { sessionId: ACTIVE, source: '100.64.0.2', ...flow, occurredAt: `2026-11-24T08:${minute}:00.000Z` };
}

function audit(): AuditEntry[] {
  const gateway = 'gw-essen-hall-2';
  const many = Array.from({ length: 118 }, (_nothing, index) =>
    entryOf(118 - index, {
      actor: 'Anna Berger (anna.berger@plant.example)',
      action: 'logged-in',
      sessionId: null,
      gateway: null,
      details: {},
    }),
  );
  return [
    entryOf(124, {
      actor: `gateway ${gateway}`,
      action: 'flow-closed',
      sessionId: ACTIVE,
      gateway,
      details: {
        ...eventOf(50, { destination: '192.168.250.30', protocol: 'tcp', port: 443 }),
        ...{ openedAt: '2026-11-24T08:42:00.000Z', bytesToDevice: 48_211, bytesToClient: 1_310_720 },
      },
    }),
    entryOf(123, {
      actor: 'gateway edgegateway-17e3405f9ebd',
      action: 'remoteconnect-on',
      sessionId: null,
      gateway: 'edgegateway-17e3405f9ebd',
      details: {
        version: '0.1.0',
        localNetworks: ['192.168.250.0/24'],
        wireguardPublicKey: '3B1Wp4pGhG7iRmIr+0hnVaocCt6WdNdMrRbndIAE/BY=',
        relays: ['c-us', 'w-eu'].map((region) => ({ url: `wss://relay.${region}.plant.example/connect`, region })),
      },
    }),
    entryOf(122, {
      actor: `gateway ${gateway}`,
      action: 'flow-refused',
      sessionId: ACTIVE,
      gateway,
      details: eventOf(41, { destination: '192.168.250.99', protocol: 'tcp', port: 22 }),
    }),
    entryOf(121, {
      actor: `gateway ${gateway}`,
      action: 'flow-opened',
      sessionId: ACTIVE,
      gateway,
      details: eventOf(42, { destination: '192.168.250.30', protocol: 'tcp', port: 443 }),
    }),
    entryOf(120, {
      actor: 'client SERVICE-PC-7',
      action: 'tunnel-connected',
      sessionId: ACTIVE,
      gateway,
      details: { sessionId: ACTIVE, path: 'relay', occurredAt: '2026-11-24T08:40:30.000Z' },
    }),
    entryOf(119, {
      actor: 'Tom Fischer (tom@service.example)',
      action: 'session-started',
      sessionId: ACTIVE,
      gateway: null,
      details: { name: 'Panel update' },
    }),
    ...many,
  ];
}

export function sampleState(): FakeState {
  const users = structuredClone([...USERS]);
  return {
    me: users[0] ?? null,
    users,
    gateways: structuredClone([...GATEWAYS]),
    sessions: structuredClone(sessions(users)),
    enrolmentGroups: [structuredClone(ENROLMENT_GROUP)],
    audit: audit(),
    access: sampleAccess(),
    clientDownload: { url: 'https://cloud.example/client.msi', version: '0.1.0' },
    accessTokens: [
      {
        id: '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d',
        name: 'Nightly report',
        prefix: 'rct_Zk3v9aQp',
        scopes: ['read'],
        createdAt: '2026-10-01T08:00:00.000Z',
        expiresAt: '2027-01-01T08:00:00.000Z',
        lastUsedAt: null,
      },
    ],
  };
}

export function withDeviceNames(released: readonly NewRelease[], gateways: readonly Gateway[]): SessionRelease[] {
  return released.map((one) => {
    const device = gateways
      .find((candidate) => candidate.registrationId === one.gateway)
      ?.devices.find((candidate) => candidate.address === one.target.address);
    return { ...one, device: device?.name ?? null, reachedAs: device?.mappedAddress ?? one.target.address };
  });
}
