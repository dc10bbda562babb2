/** A link that opens the client works once, whoever follows it first (C5). */
import { CLIENT_REDEEM_PATH } from '@edgegateway/protocol/client-api';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import type { Session } from './contract.ts';
import { newWireguardKey, ticketOf } from './testing/values.ts';
import { ORIGIN, TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
let cloud: TestCloud;
let session: Session;
let ticket: string;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
}, 60_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  session = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/start`);
  ticket = ticketOf(body.link);
});

/** The keys that the gateway lets into this session. */
const peers = () => {
  const configured = cloud.hub.desired.get('gw-1')?.sessions[session.id];
  return configured === undefined ? [] : [configured.clientPublicKey];
};

test('K26: whoever only looks at a link, or asks for its address, uses nothing up', async () => {
  const looks = ['GET', 'HEAD', 'OPTIONS'] as const;
  const urls = [
    `${CLIENT_REDEEM_PATH}?ticket=${ticket}`,
    `/api/sessions/${session.id}/start`,
    `/api/sessions/${session.id}?ticket=${ticket}`,
  ];
  const headers = { origin: ORIGIN, cookie: cloud.cookieOf(ADMINISTRATOR) };
  for (const method of looks)
    for (const url of urls) for (let times = 0; times < 3; times += 1) await cloud.app.inject({ method, url, headers });
  expect(peers()).toEqual([]);
  expect((await cloud.redeem(ticket)).status).toBe(200);
});

test('K26: of redemptions at the same time exactly one is let in, and the gateway has one peer', async () => {
  const keys = Array.from({ length: 4 }, newWireguardKey);
  const answers = await Promise.all(keys.map((key) => cloud.join(ticket, key)));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403, 403, 403]);
  expect(peers()).toEqual([keys[answers.findIndex(({ status }) => status === 200)]]);
});

test('K26: a link that was opened tells on which computer and when, and that a new one is needed', async () => {
  await cloud.withStoppedClock(async () => {
    const time = cloud.now().toISOString().slice(0, 16).replace('T', ' ');
    const first = newWireguardKey();
    expect((await cloud.join(ticket, first)).status).toBe(200);
    const again = await cloud.redeem(ticket);
    expect([again.status, again.body.code]).toEqual([403, 'ticket-used']);
    expect(again.body.detail).toBe(
      `This link works once. Start the session again in the cloud for a new one. (It was already opened on laptop at ${time} UTC.)`,
    );
    expect(peers()).toEqual([first]);
  });
});

test('K26: a link that nobody opened in time, or that was never issued, does not say that somebody did', async () => {
  const never = await cloud.redeem('A'.repeat(43));
  cloud.ahead += 61_000;
  const late = await cloud.redeem(ticket);
  expect([never.body.code, late.body.code]).toEqual(['ticket-invalid', 'ticket-invalid']);
});
