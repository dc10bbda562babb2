/** Azure's adapter against the double of Azure: what is sent, what is tried again, and how errors are told. */
import type { GatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '../../pki/x509.ts';
import type { Hub, HubListener } from '../hub.ts';
import { pauseAfter } from './azure-call.ts';
import { azureClients } from './azure-clients.ts';
import { AzureDouble, memberOf } from './azure-double.ts';
import { thumbprintOf } from './azure-gateways.ts';
import { createAzureHub } from './azure-hub.ts';
import type { HubEvent } from './hub-event.ts';

vi.setConfig({ testTimeout: 30_000 });

const ID = 'gw-1';
const CONFIGURATION: GatewayConfiguration = { tunnelAddress: '100.64.0.1', relays: [], stunServers: [], sessions: {} };
const REPORT = {
  version: '0.1.0',
  wireguardPublicKey: Buffer.alloc(32).toString('base64'),
  encapsulationKey: Buffer.alloc(1184).toString('base64'),
  localNetworks: [],
  remoteConnect: 'on',
  switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
  sessions: {},
};

let authority: KeyedCertificate;
let identity: KeyedCertificate;
let azure: AzureDouble;
let hub: Hub;
let take: (event: HubEvent) => Promise<void>;
const logged: string[] = [];
const listener = {
  connectionChanged: vi.fn<HubListener['connectionChanged']>(),
  reported: vi.fn<HubListener['reported']>(),
  telemetry: vi.fn<HubListener['telemetry']>(),
  appeared: vi.fn<Required<HubListener>['appeared']>(),
};

beforeAll(async () => {
  authority = await createAuthority(new Date());
  identity = await issueHostCertificate(authority, ID, new Date());
});
beforeEach(async () => {
  for (const told of Object.values(listener)) told.mockReset().mockResolvedValue(undefined);
  logged.length = 0;
  azure = await AzureDouble.start();
  hub = newHub();
});
afterEach(async () => {
  await hub.stop();
  await azure.close();
  expect(azure.complaints).toEqual([]);
  expect(logged.join('')).not.toMatch(/SharedAccess/);
});

function newHub(): Hub {
  const { iotHub, provisioning } = AzureDouble.connections;
  return createAzureHub({
    clients: azureClients(iotHub, provisioning, azure.agent),
    events: {
      start: async (taking) => {
        take = taking;
      },
      stop: async () => undefined,
    },
    log: pino({}, { write: (line: string) => logged.push(line) }),
    timing: { attempt: 2000, firstPause: 1, attempts: 3 },
  });
}

async function provisioned(): Promise<void> {
  await hub.enroll(ID, identity.certificatePem);
  azure.provision(ID);
  azure.seen.length = 0;
}

test('C8: an enrolment is asked for first, and made with PUT only when it is another', async () => {
  await hub.enroll(ID, identity.certificatePem);
  await hub.enroll(ID, identity.certificatePem);
  expect(azure.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `GET /enrollments/${ID}`,
    `PUT /enrollments/${ID}`,
  ]);
  expect(azure.seen[1]).toMatchObject({
    ifMatch: undefined,
    body: {
      registrationId: ID,
      deviceId: ID,
      provisioningStatus: 'enabled',
      attestation: {
        type: 'x509',
        x509: { clientCertificates: { primary: { certificate: identity.certificatePem } } },
      },
    },
  });
});

test('C8: another certificate is put with the etag, and the hub trusts the former no more at once', async () => {
  await provisioned();
  const renewed = await issueHostCertificate(authority, ID, new Date());
  await hub.enroll(ID, renewed.certificatePem);
  expect(azure.callsOf('PUT').map(({ path, ifMatch }) => [path, ifMatch])).toEqual([
    [`/enrollments/${ID}`, '"1"'],
    [`/devices/${ID}`, '"*"'],
  ]);
  expect(azure.devices.get(ID)?.thumbprint).toBe(thumbprintOf(renewed.certificatePem));
});

test('C8: disabling disables the enrolment and the identity, once', async () => {
  await provisioned();
  await hub.disable(ID);
  await hub.disable(ID);
  expect(azure.callsOf('PUT')).toMatchObject([
    { path: `/enrollments/${ID}`, ifMatch: '"1"', body: { provisioningStatus: 'disabled' } },
    { path: `/devices/${ID}`, ifMatch: '"*"', body: { deviceId: ID, status: 'disabled' } },
  ]);
  await hub.enable(ID);
  expect(azure.devices.get(ID)?.status).toBe('enabled');
  expect(azure.enrollments.get(ID)?.body.provisioningStatus).toBe('enabled');
});

test('C8: removing deletes enrolment, registration and identity; what is gone already (404) is no fault', async () => {
  await provisioned();
  azure.registrations.clear();
  await hub.remove(ID);
  expect(azure.callsOf('DELETE').map(({ path }) => path)).toEqual([
    `/enrollments/${ID}`,
    `/registrations/${ID}`,
    `/devices/${ID}`,
  ]);
  expect(azure.devices.size + azure.enrollments.size).toBe(0);
});

test('C3: a twin is patched with its etag and with what differs only', async () => {
  await provisioned();
  await hub.setDesired(ID, CONFIGURATION);
  await hub.setDesired(ID, { ...CONFIGURATION, tunnelAddress: '100.64.0.2' });
  await hub.setDesired(ID, { ...CONFIGURATION, tunnelAddress: '100.64.0.2' });
  expect(azure.callsOf('PATCH')).toEqual([
    {
      method: 'PATCH',
      path: `/twins/${ID}`,
      ifMatch: '"1"',
      body: { properties: { desired: { remoteConnect: CONFIGURATION } } },
    },
    {
      method: 'PATCH',
      path: `/twins/${ID}`,
      ifMatch: '"2"',
      body: { properties: { desired: { remoteConnect: { tunnelAddress: '100.64.0.2' } } } },
    },
  ]);
});

test('C3: a twin that somebody else changed in between (412) is read again', async () => {
  await provisioned();
  const device = azure.devices.get(ID);
  if (device === undefined) throw new Error('no device');
  azure.faults.push({ status: 200, body: { deviceId: ID, etag: '0', properties: { desired: {}, reported: {} } } });
  await hub.setDesired(ID, CONFIGURATION);
  expect(azure.callsOf('PATCH').map(({ ifMatch }) => ifMatch)).toEqual(['"0"', '"1"']);
  expect(memberOf(device.desired, 'remoteConnect', 'tunnelAddress')).toBe('100.64.0.1');
});

test.each([400, 413])('C3: a configuration that Azure does not take (%d) is told as too large', async (status) => {
  await provisioned();
  azure.faults.push({ status: 200, body: { deviceId: ID, etag: '1', properties: { desired: {}, reported: {} } } });
  azure.faults.push({ status, body: { Message: 'ErrorCode:ArgumentInvalid' } });
  await expect(hub.setDesired(ID, CONFIGURATION)).rejects.toMatchObject({ code: 'twin-too-large' });
});

test.each([
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' } }],
  ['500', { status: 500 }],
  ['502', { status: 502 }],
  ['503', { status: 503 }],
  ['504', { status: 504 }],
  ['no answer', 'hang'],
] as const)('%s is tried again', async (_what, fault) => {
  azure.faults.push(fault);
  await hub.enroll(ID, identity.certificatePem);
  expect(azure.enrollments.has(ID)).toBe(true);
  expect(azure.callsOf('GET')).toHaveLength(2);
});

test.each([
  ['3', 1, 3000],
  ['0', 500, 500],
  [undefined, 500, 500],
  ['soon', 500, 500],
  ['3600', 500, 30_000],
])('Retry-After %s is waited for, within bounds', (retryAfter, own, milliseconds) => {
  expect(pauseAfter({ response: { statusCode: 429, headers: { 'retry-after': retryAfter } } }, own)).toBe(milliseconds);
});

test.each([
  [429, 'hub-busy'],
  [503, 'hub-busy'],
] as const)('%d again and again is told as %s after the last attempt', async (status, code) => {
  azure.faults.push({ status }, { status }, { status });
  await expect(hub.enroll(ID, identity.certificatePem)).rejects.toMatchObject({ code });
  expect(azure.seen).toHaveLength(3);
});

test('an Azure that never answers is told as unreachable', async () => {
  azure.faults.push('hang', 'hang', 'hang');
  await expect(hub.enroll(ID, identity.certificatePem)).rejects.toMatchObject({ code: 'hub-unreachable' });
});

test.each([401, 403])('%d is told as refused, and not tried again', async (status) => {
  azure.faults.push({ status });
  await expect(hub.enroll(ID, identity.certificatePem)).rejects.toMatchObject({ code: 'hub-refused' });
  expect(azure.seen).toHaveLength(1);
});

test('a conflict (409) is not tried again, and the enrolment is asked for anew the next time', async () => {
  azure.faults.push({ status: 404 }, { status: 409 });
  await expect(hub.enroll(ID, identity.certificatePem)).rejects.toThrow();
  expect(azure.seen).toHaveLength(2);
  await hub.enroll(ID, identity.certificatePem);
  expect(azure.enrollments.has(ID)).toBe(true);
});

test('a cloud that starts reads everything in pages, and then asks for no gateway alone', async () => {
  for (const id of ['gw-1', 'gw-2', 'gw-3']) {
    const { certificatePem } = await issueHostCertificate(authority, id, new Date());
    await hub.enroll(id, id === ID ? identity.certificatePem : certificatePem);
    azure.provision(id);
  }
  const device = azure.devices.get(ID);
  if (device === undefined) throw new Error('no device');
  device.connected = true;
  device.reported = { remoteConnect: REPORT };
  azure.pageSize = 2;
  azure.seen.length = 0;
  const again = newHub();
  await again.start(listener);
  expect(azure.seen.map(({ path }) => path)).toEqual([
    '/enrollments/query',
    '/enrollments/query',
    '/devices/query',
    '/devices/query',
  ]);
  await again.enroll(ID, identity.certificatePem);
  await again.enable('gw-3');
  expect(azure.seen).toHaveLength(4);
  expect([again.isConnected(ID), again.isConnected('gw-2')]).toEqual([true, false]);
  expect(listener.reported.mock.calls).toEqual([[ID, REPORT]]);
  expect(listener.connectionChanged).not.toHaveBeenCalled();
  await again.stop();
});

test('C8: a gateway that came by a group appears, and is told what it is to have', async () => {
  await hub.start(listener);
  await hub.enrollGroup('works', authority.certificatePem);
  expect(azure.groups.get('works')).toBe(authority.certificatePem);
  await hub.setDesired('gw-new', CONFIGURATION);
  azure.provision('gw-new', 'works');
  await take({ kind: 'created', id: 'gw-new' });
  expect(listener.appeared.mock.calls).toEqual([['gw-new', { groupId: 'works', certificatePem: null }]]);
  expect(azure.devices.get('gw-new')?.desired).toEqual({ remoteConnect: CONFIGURATION });
});

test('G6: an event that the cloud cannot take is not taken', async () => {
  await hub.start(listener);
  listener.telemetry.mockRejectedValueOnce(new Error('the store is away'));
  const properties = { system: {}, application: {} };
  await expect(take({ kind: 'telemetry', id: ID, body: 1, properties })).rejects.toThrow('the store is away');
});
