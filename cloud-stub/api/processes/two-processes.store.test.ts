/** Two processes of the cloud's program on one PostgreSQL; the one that leads is killed (C4, C6, C7). */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIENT_EVENTS_PATH, CLIENT_REDEEM_PATH, cloudToClient } from '@edgegateway/protocol/client-api';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CLOUD_FILES } from '../../configuration.ts';
import { createAuthority, issueHostCertificate } from '../../pki/x509.ts';
import { checkAudit } from '../../store/audit-check.ts';
import { listAudit } from '../../store/audit-queries.ts';
import { openPostgres } from '../../store/postgres-store.ts';
import type { Store } from '../../store/store.ts';
import { createTestDatabase } from '../../store/testing.ts';
import type { Session } from '../contract.ts';
import { TestAuthenticator } from '../testing/test-authenticator.ts';
import { keysFor, newReport, newWireguardKey, ticketOf } from '../testing/values.ts';
import { PASSWORD } from '../testing.ts';
import { CloudProcess, freePort, HubDeviceClient } from './testing.ts';

const GATEWAY = 'gw-1';
const PATIENCE = { timeout: 20_000, interval: 100 };
const TARGETS = ['192.168.250.10', '192.168.250.11', '192.168.250.12'];

let folder: string;
let store: Store;
let first: CloudProcess;
let second: CloudProcess;
let gateway: HubDeviceClient;
let session: Session;
let channel: Awaited<ReturnType<CloudProcess['channel']>>;

const released = (count: number) => ({
  released: TARGETS.slice(0, count).map((address) => ({ gateway: GATEWAY, target: { address } })),
});

/** How many addresses each configuration had that the client was sent. */
const configurations = () =>
  channel.received.flatMap((message) => {
    const told = cloudToClient.parse(message);
    return told.type === 'configuration' ? [told.configuration.gateways[0]?.released.length] : [];
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'two-processes-'));
  const databaseUrl = await createTestDatabase();
  store = await openPostgres(databaseUrl);
  const options = { dataDirectory: folder, databaseUrl, dpsPort: await freePort(), hubPort: await freePort() };
  first = await CloudProcess.start(options);
  second = await CloudProcess.start(options);
  const { code } = JSON.parse(await readFile(join(folder, CLOUD_FILES.firstLogin), 'utf8'));
  const { headers } = await second.call('POST', '/api/invitations/accept', { code, password: PASSWORD });
  first.cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  second.cookie = first.cookie;
  // Begun at one process and confirmed at the other: both open what is sealed.
  const begun = await first.call('POST', '/api/account/second-factor', { password: PASSWORD });
  const enrolled = { code: new TestAuthenticator(begun.body.secret).next(new Date()) };
  expect((await second.call('POST', '/api/account/second-factor/confirm', enrolled)).status).toBe(200);
  const certificate = await issueHostCertificate(await createAuthority(new Date()), GATEWAY, new Date());
  gateway = new HubDeviceClient({ port: options.hubPort, id: GATEWAY, report: newReport() }, certificate);
  const added = { registrationId: GATEWAY, name: 'Gateway', certificate: certificate.certificatePem };
  expect((await second.call('POST', '/api/gateways', added)).status).toBe(200);
}, 120_000);
afterAll(async () => {
  gateway.close();
  await first.kill();
  await second.kill();
  await store.close();
  await rm(folder, { recursive: true });
});

test('a gateway that was added at one process and connects to the hub of the other is seen live at both', async () => {
  const seen = [await first.watch(), await second.watch()];
  gateway.open();
  for (const stream of seen)
    await vi.waitFor(() => expect(stream.join('')).toContain('{"topic":"gateways","id":"gw-1"}'), PATIENCE);
  for (const cloud of [first, second])
    await vi.waitFor(
      async () => expect((await cloud.call('GET', '/api/gateways')).body[0].state).toBe('online'),
      PATIENCE,
    );
});

test('C6: a session is started at one process, its client is at the other, and both change it', async () => {
  const wanted = { name: 'Session', description: '', reason: '', users: [], maximumMinutes: 60, ...released(1) };
  session = (await first.call('POST', '/api/sessions', wanted)).body;
  const { body } = await first.call('POST', `/api/sessions/${session.id}/start`);
  const asked = { ticket: ticketOf(body.link), publicKey: newWireguardKey() };
  const client = { version: '1.0.0', platform: 'linux', computer: 'laptop' };
  const redeemed = await second.call('POST', CLIENT_REDEEM_PATH, { ...asked, client });
  expect(redeemed.status).toBe(200);
  channel = await second.channel(CLIENT_EVENTS_PATH, redeemed.body.eventToken);
  await vi.waitFor(() => expect(configurations()).toEqual([1]), PATIENCE);
  channel.send({ type: 'encapsulated-keys', keys: keysFor(redeemed.body) });
  await first.call('PUT', `/api/sessions/${session.id}/released`, released(2));
  await vi.waitFor(() => expect(configurations()).toEqual([1, 2]), PATIENCE);
  await second.call('PUT', `/api/sessions/${session.id}/released`, released(3));
  await vi.waitFor(() => expect(configurations()).toEqual([1, 2, 3]), PATIENCE);
});

test('C4: what was done at the process without the hub reaches the gateway', async () => {
  await vi.waitFor(async () => {
    const row = await store.read.selectFrom('hub_devices').select('document').executeTakeFirstOrThrow();
    expect(row.document.desired.properties).toMatchObject({
      remoteConnect: { sessions: { [session.id]: { released: TARGETS.map((address) => ({ address })) } } },
    });
  }, PATIENCE);
});

test('after kill -9 of the process with the hub the other one leads, and the gateway comes back to it', async () => {
  await first.kill();
  await vi.waitFor(() => expect(gateway.received.filter(({ cmd }) => cmd === 'connack')).toHaveLength(2), PATIENCE);
  await vi.waitFor(
    async () => expect((await second.call('GET', '/api/gateways')).body[0].state).toBe('online'),
    PATIENCE,
  );
});

test('the deadline of a session that the killed process started is kept by the other, once', async () => {
  const expiresAt = new Date(Date.now() + 500).toISOString();
  await sql`update session_runs set expires_at = ${expiresAt}`.execute(store.read);
  await vi.waitFor(() => expect(channel.received.at(-1)).toMatchObject({ type: 'ended' }), PATIENCE);
  expect((await second.call('GET', `/api/sessions/${session.id}`)).body.state).toBe('expired');
  expect(await listAudit(store.read, { limit: 1000, action: 'session-ended' })).toHaveLength(1);
  expect((await checkAudit(store.read)).firstBroken).toBeNull();
});
