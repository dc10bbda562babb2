/** What happens to relays and name servers while data takes the direct path (T5). */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { LAB_RELAYS } from '../lab/network.ts';
import { until } from '../lab/until.ts';
import { DirectTunnel } from './direct-tunnel.ts';
import { countPings, endPing, type RunningPing, untilFlowing } from './ping-count.ts';

const ENDS = ['client', 'gateway'] as const;
/** Of 50 ms each; the machine of the tests may be busy. */
const LONGEST_RUN = 40;

let tunnel: DirectTunnel;
let ping: RunningPing;

const isRelayChange = (line: string) => line.includes('The relay in use has changed.');
const relayOf = (end: string) =>
  /"relay":"([^"]+)"/.exec(tunnel.fixture.linesOf(end).findLast(isRelayChange) ?? '')?.[1] ?? '';
const lossesOf = (end: string) => tunnel.fixture.linesOf(end).filter((line) => /^(lost|failed) /.test(line));

beforeAll(async () => {
  tunnel = await DirectTunnel.create('rd', LAB_RELAYS);
});

beforeEach(async () => {
  await tunnel.untilPath('direct');
  ping = await tunnel.startPing();
  await untilFlowing(ping);
});

afterEach(async ({ task }) => {
  await tunnel.pass();
  const { longestRun } = await endPing(ping, task.name);
  expect(longestRun).toBeLessThanOrEqual(LONGEST_RUN);
  for (const end of ENDS) expect(lossesOf(end)).toEqual([]);
});

afterAll(() => tunnel?.close());

test('T5: while data is on the direct path a relay is drained: both ends move on, and no packet notices', async () => {
  const pathsBefore = tunnel.paths.length;
  const drained = relayOf('client');
  const leaving = tunnel.fixture.stop(drained);
  for (const end of ENDS) await until(`the ${end} uses another relay`, () => !['', drained].includes(relayOf(end)));
  await leaving;
  await untilFlowing(ping);
  expect(tunnel.paths.slice(pathsBefore)).toEqual([]);
  expect(countPings(ping.lines).lost).toBe(0);
  const relay = tunnel.relays.find(({ name }) => name === drained);
  if (relay === undefined) throw new Error(`no relay is called ${drained}`);
  await tunnel.fixture.startRelay(relay, relay.address);
});

test('T5: without name servers the direct path stays, and killed relays are found where they were', async () => {
  const pathsBefore = tunnel.paths.length;
  await tunnel.silenceNameServer();
  await tunnel.killRelays();
  for (const end of ENDS) await until(`the ${end} uses no relay`, () => relayOf(end) === '');
  await untilFlowing(ping);
  await tunnel.startRelays();
  for (const end of ENDS) await until(`the ${end} uses a relay again`, () => relayOf(end) !== '');
  expect(tunnel.paths.slice(pathsBefore)).toEqual([]);
  expect(countPings(ping.lines).lost).toBe(0);
  await tunnel.drop(['']);
  await tunnel.untilPath('relay');
  await untilFlowing(ping);
});
