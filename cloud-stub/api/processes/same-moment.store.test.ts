/** Two clouds on one database do the same things at the same moment (C4, C7). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkAudit } from '../../store/audit-check.ts';
import { listAudit } from '../../store/audit-queries.ts';
import { openPostgres } from '../../store/postgres-store.ts';
import { createTestDatabase } from '../../store/testing.ts';
import type { Session } from '../contract.ts';
import { newWireguardKey, ticketOf } from '../testing/values.ts';
import { type Answer, TestCloud } from '../testing.ts';

const ADMINISTRATOR = 'admin@example.test';
const ROUNDS = 6;
let leader: TestCloud;
let follower: TestCloud;
let session: Session;

beforeAll(async () => {
  const url = await createTestDatabase();
  leader = await TestCloud.create(await openPostgres(url));
  follower = await TestCloud.create(await openPostgres(url));
  await leader.accept(ADMINISTRATOR, (await leader.firstLogin()).code);
  follower.adoptLogin(ADMINISTRATOR, leader);
  await leader.addGateway(ADMINISTRATOR, 'gw-1');
  session = await leader.addSession(ADMINISTRATOR, ['gw-1']);
});
afterAll(async () => {
  await follower.close();
  await leader.close();
});

const both = (ask: (cloud: TestCloud) => Promise<Answer>) => Promise.all([leader, follower].map(ask));
const statuses = (answers: readonly Answer[]) =>
  answers.map(({ status }) => status).toSorted((one, other) => one - other);
const at = (cloud: TestCloud, step: string) => cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/${step}`);

async function ended(): Promise<number> {
  const entries = await listAudit(leader.store.read, { limit: 1000, session: session.id });
  return entries.filter(({ action }) => action === 'session-ended').length;
}

test('of two starts, ends and redemptions exactly one counts, whatever the order', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = await both((cloud) => at(cloud, 'start'));
    expect(statuses(started)).toEqual([200, 200]);
    const tickets = started.map(({ body }) => ticketOf(body.link));
    const redeemed = await Promise.all(
      tickets.flatMap((ticket) => [leader, follower].map((cloud) => cloud.redeem(ticket, newWireguardKey()))),
    );
    // The others are refused, after a few of them for having tried too often.
    expect(statuses(redeemed).filter((status) => status === 200)).toHaveLength(1);
    expect(statuses(await both((cloud) => at(cloud, 'start')))).toEqual([409, 409]);
    expect(statuses(await both((cloud) => at(cloud, 'end')))).toEqual([200, 409]);
    expect(await ended()).toBe(round + 1);
  }
  expect((await checkAudit(leader.store.read)).firstBroken).toBeNull();
  expect([...leader.errors, ...follower.errors]).toEqual([]);
});

test('of two sweeps at the same moment one ends what is over', async () => {
  const before = await ended();
  await at(follower, 'start');
  leader.ahead = 61_000;
  follower.ahead = 61_000;
  await Promise.all([leader.restart(), follower.restart()]);
  expect(await ended()).toBe(before + 1);
});
