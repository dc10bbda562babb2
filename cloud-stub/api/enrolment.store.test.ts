/** Keeping gateways out, letting them in by an enrolment group, and a gateway that is full (C5, C8). */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAuthority, issueHostCertificate } from '../pki/x509.ts';
import { openTestStore } from '../store/testing.ts';
import type { AuditEntry, Gateway } from './contract.ts';
import { ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });

const ADMINISTRATOR = 'admin@example.test';
const OTHER = 'rc-admin@example.test';
const USER = 'user@example.test';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addPerson(ADMINISTRATOR, OTHER, 'remoteconnect-administrator');
  await cloud.addPerson(ADMINISTRATOR, USER, 'remoteconnect-user');
}, 180_000);
afterAll(() => cloud.close());

async function gateway(id: string): Promise<Gateway | undefined> {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/gateways');
  return body.find((one: Gateway) => one.registrationId === id);
}

async function auditOf(id: string): Promise<string[]> {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit');
  return body.filter((entry: AuditEntry) => entry.gateway === id).map(({ action }: AuditEntry) => action);
}

const post = (id: string, what: 'disable' | 'enable', as = ADMINISTRATOR) =>
  cloud.call(as, 'POST', `/api/gateways/${id}/${what}`);

test.each([
  ['POST', '/api/gateways/gw-none/disable', undefined, 404],
  ['POST', '/api/gateways/gw-none/enable', undefined, 404],
  ['GET', '/api/enrolment-groups', undefined, 200],
  ['POST', '/api/enrolment-groups', { name: 'Works', certificate: 'none' }, 400],
  ['DELETE', '/api/enrolment-groups/00000000-0000-4000-8000-000000000000', undefined, 404],
] as const)('C2: %s %s is for administrators only', async (method, path, body, status) => {
  expect((await cloud.call(ADMINISTRATOR, method, path, body)).status).toBe(status);
  for (const email of [OTHER, USER]) expect((await cloud.call(email, method, path, body)).status).toBe(403);
  expect((await cloud.call(null, method, path, body)).status).toBe(401);
});

test('C8: a gateway that is disabled loses its sessions and its connection, and cannot be used', async () => {
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
  const running = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  const { body: started } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${running.id}/start`);
  expect((await cloud.join(ticketOf(started.link))).status).toBe(200);
  expect(Object.keys(cloud.hub.desired.get('gw-1')?.sessions ?? {})).toEqual([running.id]);

  expect((await post('gw-1', 'disable')).status).toBe(204);
  expect((await post('gw-1', 'disable')).status).toBe(204);
  expect(cloud.hub.disabled.has('gw-1')).toBe(true);
  expect((await gateway('gw-1'))?.state).toBe('disabled');
  expect(cloud.hub.desired.get('gw-1')?.sessions).toEqual({});
  const { body: ended } = await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${running.id}`);
  expect(ended).toMatchObject({ state: 'ended', stateReason: 'Ended because its gateway was disabled.' });
  const refused = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${running.id}/start`);
  expect(refused).toMatchObject({ status: 409, body: { missing: [{ precondition: 'gateway-disabled' }] } });

  expect((await post('gw-1', 'enable')).status).toBe(204);
  await cloud.switchOn('gw-1');
  expect((await gateway('gw-1'))?.state).toBe('online');
  expect((await auditOf('gw-1')).filter((action) => /abled/.test(action))).toEqual([
    'gateway-enabled',
    'gateway-disabled',
  ]);
});

test('C8: what is disabled stays so over a restart of the cloud', async () => {
  await cloud.addGateway(ADMINISTRATOR, 'gw-2');
  await post('gw-2', 'disable');
  cloud.hub.disabled.clear();
  await cloud.restart();
  expect([...cloud.hub.disabled]).toEqual(['gw-2']);
});

test('C8: a gateway of an enrolment group appears, waits, gets nothing, and is accepted', async () => {
  const authority = await createAuthority(new Date());
  const group = { name: 'Works', certificate: authority.certificatePem };
  const added = await cloud.call(ADMINISTRATOR, 'POST', '/api/enrolment-groups', group);
  expect(added).toMatchObject({
    status: 200,
    body: { name: 'Works', gateways: 0, fingerprint: new X509Certificate(authority.certificatePem).fingerprint256 },
  });
  expect(cloud.hub.groups.get(added.body.id)).toBe(authority.certificatePem);
  const again = await cloud.call(ADMINISTRATOR, 'POST', '/api/enrolment-groups', group);
  expect(again).toMatchObject({ status: 409, body: { code: 'group-exists' } });

  const { certificatePem } = await issueHostCertificate(authority, 'gw-new', new Date());
  await cloud.listener.appeared?.('gw-new', { groupId: added.body.id, certificatePem });
  await cloud.listener.appeared?.('gw-new', { groupId: added.body.id, certificatePem });
  await cloud.switchOn('gw-new');
  expect(await gateway('gw-new')).toMatchObject({ name: 'gw-new', state: 'waiting' });
  expect(cloud.hub.desired.has('gw-new')).toBe(false);
  const session = { name: 'S', description: '', reason: '', users: [], maximumMinutes: 30 };
  const released = [{ gateway: 'gw-new', target: { address: '192.168.250.10' } }];
  const refused = await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', { ...session, released });
  expect(refused).toMatchObject({ status: 400, body: { code: 'unknown-gateway' } });

  await cloud.restart();
  expect(cloud.hub.groups.get(added.body.id)).toBe(authority.certificatePem);
  expect(cloud.hub.desired.has('gw-new')).toBe(false);
  expect((await post('gw-new', 'enable')).status).toBe(204);
  await cloud.switchOn('gw-new');
  expect((await gateway('gw-new'))?.state).toBe('online');
  expect(cloud.hub.desired.get('gw-new')?.sessions).toEqual({});
  expect((await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', { ...session, released })).status).toBe(200);
  expect((await cloud.call(ADMINISTRATOR, 'GET', '/api/enrolment-groups')).body).toMatchObject([{ gateways: 1 }]);
  expect((await auditOf('gw-new')).toReversed().slice(0, 1)).toEqual(['gateway-appeared']);
  expect(await auditOf('gw-new')).toContain('gateway-accepted');

  expect((await cloud.call(ADMINISTRATOR, 'DELETE', `/api/enrolment-groups/${added.body.id}`)).status).toBe(204);
  expect(cloud.hub.groups.has(added.body.id)).toBe(false);
  expect((await gateway('gw-new'))?.state).toBe('online');
});

test('C8: a gateway that was added by name is not changed by a group', async () => {
  await cloud.addGateway(ADMINISTRATOR, 'gw-named');
  const certificatePem = await cloud.deviceCertificate('gw-named');
  await cloud.listener.appeared?.('gw-named', { groupId: 'works', certificatePem });
  expect((await gateway('gw-named'))?.state).toBe('online');
  expect(await auditOf('gw-named')).not.toContain('gateway-appeared');
});

test('C5: a gateway without room is told at the start, before a client is opened', async () => {
  await cloud.addGateway(ADMINISTRATOR, 'gw-full');
  const addresses = Array.from({ length: 100 }, (_, at) => ({
    gateway: 'gw-full',
    target: { address: `192.168.250.${at + 1}`, protocol: 'tcp', port: 50_000 + at },
  }));
  const answers: number[] = [];
  let refusal: unknown = null;
  for (let number = 0; number < 6 && refusal === null; number += 1) {
    const { body: session } = await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', {
      ...{ name: `Full ${number}`, description: '', reason: '', users: [], maximumMinutes: 30 },
      released: addresses,
    });
    const start = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/start`);
    answers.push(start.status);
    if (start.status !== 200) refusal = start.body.missing;
    // Every other client is opened: those that are not yet count as well.
    else if (number % 2 === 0) expect((await cloud.redeem(ticketOf(start.body.link))).status).toBe(200);
  }
  expect(answers.length).toBeGreaterThan(2);
  expect(refusal).toMatchObject([{ precondition: 'gateway-full', gateway: 'gw-full' }]);
});
