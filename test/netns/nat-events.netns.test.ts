/** What happens to NATs and STUN servers in mid-stream, between two sites behind NATs (T3, T5). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { rebootNat } from './grid/site.ts';
import { NattedTunnel, type NattedTunnelOptions } from './natted-tunnel.ts';
import { countPings, endPing, type RunningPing, untilFlowing } from './ping-count.ts';

/** Of 50 ms each; the machine of the tests may be busy. */
const LONGEST_RUN = 40;
/** The relay is silent for a second too, and then it is dialled. */
const WITH_NEW_RELAY_CONNECTION = 80;
const BEHIND_NATS = { client: 'port-restricted', gateway: 'port-restricted' } as const;

let tunnel: NattedTunnel;
let ping: RunningPing | null;
let longestRun: number;

async function begin(options: Omit<NattedTunnelOptions, 'prefix'>): Promise<RunningPing> {
  tunnel = await NattedTunnel.create({ prefix: 'nv', ...options });
  await tunnel.untilPath('direct');
  ping = await tunnel.startPing();
  await untilFlowing(ping);
  return ping;
}

afterEach(async ({ task }) => {
  try {
    if (ping !== null) expect((await endPing(ping, task.name)).longestRun).toBeLessThanOrEqual(longestRun);
    expect(tunnel.losses).toBe(0);
  } finally {
    await tunnel.close();
  }
});

beforeEach(() => {
  [ping, longestRun] = [null, LONGEST_RUN];
});

test.each([
  ['client', 'that takes up connections in their middle', false],
  ['client', 'that has forgotten the TCP connections too', true],
  ['gateway', 'that takes up connections in their middle', false],
  ['gateway', 'that has forgotten the TCP connections too', true],
] as const)(
  "T5: a reboot of the %s's NAT, %s: the relay takes over, the new mapping is found",
  async (side, _, isStrict) => {
    const running = await begin({ ...BEHIND_NATS, hasStun: true });
    longestRun = isStrict ? WITH_NEW_RELAY_CONNECTION : LONGEST_RUN;
    const before = tunnel.paths.length;
    await rebootNat(tunnel.sites[side], isStrict);
    await until('the direct path is left', () => tunnel.paths.slice(before).includes('relay'), 60);
    await untilFlowing(running);
    await tunnel.untilPath('direct');
    await untilFlowing(running);
  },
);

test('T3: the end of the STUN servers does not touch a direct path', async () => {
  const running = await begin({ ...BEHIND_NATS, hasStun: true });
  const before = tunnel.paths.length;
  await tunnel.stopStun();
  await untilFlowing(running);
  await untilFlowing(running);
  expect(tunnel.paths.slice(before)).toEqual([]);
  expect(countPings(running.lines).lost).toBe(0);
});

test.each([
  ['client', { client: 'port-restricted', gateway: 'open' }],
  ['gateway', { client: 'open', gateway: 'symmetric' }],
] as const)(
  'T3: without any STUN server the %s is seen by its checks, where the other end can be reached',
  async (_, kinds) => {
    const running = await begin({ ...kinds, hasStun: false });
    await untilFlowing(running);
    expect(countPings(running.lines).lost).toBe(0);
  },
);
