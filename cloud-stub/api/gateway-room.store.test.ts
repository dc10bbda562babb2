/** How many sessions a gateway's desired properties have room for (C5); docs/architecture.md has these figures. */
import { PRODUCTION_RELAYS, PRODUCTION_STUN_SERVERS } from '@edgegateway/protocol/network-endpoints';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

const ADMINISTRATOR = 'admin@example.test';
const here = { address: '127.0.0.1' };
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore(), {
    relays: PRODUCTION_RELAYS.map((relay) => ({ ...relay, ...here })),
    stunServers: PRODUCTION_STUN_SERVERS.map((server) => ({ ...server, ...here })),
  });
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
}, 60_000);
afterAll(() => cloud.close());

test.each([
  [1, 12],
  [3, 12],
  [10, 11],
])(
  'C5: of sessions with %i addresses a gateway has room for %i, whoever of their clients is there',
  async (addresses, room) => {
    const gateway = `gw-${addresses}`;
    await cloud.addGateway(ADMINISTRATOR, gateway);
    const released = Array.from({ length: addresses }, (_, at) => ({
      gateway,
      target: { address: `10.0.0.${at + 10}` },
    }));
    const start = async (): Promise<string | null> => {
      const wanted = { name: 'Press fault', description: '', reason: '', users: [], maximumMinutes: 60, released };
      const { body: session } = await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', wanted);
      const { status, body } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/start`);
      if (status === 200) return ticketOf(body.link);
      expect(body.missing).toMatchObject([{ precondition: 'gateway-full', gateway }]);
      return null;
    };
    for (let number = 0; number < room; number += 1) {
      const ticket = (await start()) ?? '';
      // A client whose key is still to come counts as one whose key is there, and as one that is still to come itself.
      if (number % 3 === 0) await cloud.join(ticket);
      else if (number % 3 === 1) expect((await cloud.redeem(ticket)).status).toBe(200);
    }
    expect(await start()).toBeNull();
  },
);
