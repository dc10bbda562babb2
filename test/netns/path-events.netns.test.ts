/** What happens to networks in mid-stream, on the direct path: data goes on, and the path is what it should be (T5). */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { DirectTunnel, type PlacedRelay } from './direct-tunnel.ts';
import { countPings, endPing, type RunningPing, untilFlowing } from './ping-count.ts';

const { office, wanGateway } = LAB_ADDRESSES;
const RELAYS: readonly PlacedRelay[] = LAB_ADDRESSES.relays.slice(0, 2).map((address, number) => ({
  ...{ name: `relay${number}`, region: 'c-us', host: address, port: 443, address },
}));
const NEW_OFFICE = '198.51.100.77';
/** Of 50 ms each; the machine of the tests may be busy. */
const LONGEST_RUN = 40;

/** UDP payloads of WireGuard (its paper, section 5.4): a type of one byte, then three zeros. */
const WIREGUARD = '@th,64,8 { 1, 2, 3, 4 } @th,72,24 0';
const STUN = '@th,96,32 0x2112a442';

let tunnel: DirectTunnel;
let ping: RunningPing;

const inOffice = (...argv: string[]) => runCommand('ip', ['-n', tunnel.fixture.network.namespaces.office, ...argv]);

beforeAll(async () => {
  tunnel = await DirectTunnel.create('ev', RELAYS);
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
});

afterAll(() => tunnel?.close());

test.each([
  ['blocked both ways', ['']],
  ['blocked towards the gateway', [`ip daddr ${wanGateway}`]],
  ['blocked towards the client', [`ip daddr ${office}`]],
  ["blocked for WireGuard's packets alone", [WIREGUARD]],
])('T5: a direct path that is %s gives its packets to the relay, and takes them back', async (_, matches) => {
  await tunnel.drop(matches);
  await tunnel.untilPath('relay');
  await untilFlowing(ping);
  await tunnel.pass();
  await tunnel.untilPath('direct');
  await untilFlowing(ping);
});

test('T5: a path on which STUN alone is blocked goes on to carry, and none is lost', async () => {
  await tunnel.drop([STUN]);
  await untilFlowing(ping);
  await untilFlowing(ping);
  expect(tunnel.paths.at(-1)).toBe('direct');
  expect(countPings(ping.lines).lost).toBe(0);
});

test('T5: a line that loses every twentieth packet carries on', async () => {
  await tunnel.drop(['numgen random mod 100 < 5']);
  await untilFlowing(ping);
  await untilFlowing(ping);
});

test('T5: the death of every relay does not touch the direct path', async () => {
  await tunnel.killRelays();
  await untilFlowing(ping);
  await untilFlowing(ping);
  expect(countPings(ping.lines).lost).toBe(0);
  await tunnel.startRelays();
});

test('T5: a computer that roams to another address stays on the direct path', async () => {
  await inOffice('address', 'del', `${office}/24`, 'dev', 'eth0');
  await inOffice('address', 'add', `${NEW_OFFICE}/24`, 'dev', 'eth0');
  await inOffice('route', 'add', 'default', 'via', LAB_ADDRESSES.internetOfOffice);
  await untilFlowing(ping);
  await tunnel.untilPath('direct');
  await untilFlowing(ping);
});
