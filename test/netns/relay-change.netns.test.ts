import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAB_ADDRESSES, LAB_RELAYS } from '../lab/network.ts';
import { until } from '../lab/until.ts';
import { TunnelFixture } from './tunnel-fixture.ts';

const { machine } = LAB_ADDRESSES;
const RELAYS: readonly RelayEndpoint[] = LAB_RELAYS.map(({ address: _address, ...relay }) => relay);

let tunnel: TunnelFixture;
let ping: Awaited<ReturnType<TunnelFixture['startPing']>>;

beforeAll(async () => {
  tunnel = await TunnelFixture.create('rl');
  await tunnel.startMachines();
  for (const relay of LAB_RELAYS) await tunnel.startRelay(relay, relay.address);
  await tunnel.startGateway(RELAYS, [{ address: machine }]);
  await tunnel.startClient(RELAYS, [machine]);
  await tunnel.untilLine('client', /^connected /);
  ping = await tunnel.startPing(machine);
  await until('the machine answers', () => answers().length > 0);
});

afterAll(() => tunnel?.close());

const ENDS = ['client', 'gateway'] as const;

/** Sequence numbers of the answered pings; there is one ping every 200 ms. */
const answers = () =>
  ping.lines.flatMap((line) => (line.includes('bytes from') ? [Number(/icmp_seq=(\d+)/.exec(line)?.[1])] : []));

const isRelayChange = (line: string) => line.includes('The relay in use has changed.');
const relayOf = (end: string) => /"relay":"([^"]+)"/.exec(tunnel.linesOf(end).findLast(isRelayChange) ?? '')?.[1] ?? '';
const lossesOf = (end: string) => tunnel.linesOf(end).filter((line) => /^(lost|failed) /.test(line));

async function untilBothLeft(relay: string): Promise<void> {
  for (const end of ENDS) await until(`the ${end} uses another relay than ${relay}`, () => relayOf(end) !== relay);
}

async function untilNewAnswers(): Promise<void> {
  const before = answers().length;
  await until('the machine goes on answering', () => answers().length >= before + 3);
}

test('T5: when the relay in use is drained, both ends move on, the session stays and no packet is lost', async () => {
  const drained = relayOf('client');
  const [first] = answers();
  await tunnel.stop(drained);
  await untilBothLeft(drained);
  await untilNewAnswers();
  const numbers = answers();
  expect(numbers).toEqual(numbers.map((_number, index) => (first ?? 0) + index));
  for (const end of ENDS) expect(lossesOf(end)).toEqual([]);
});

test('T5: when the relay in use is killed, both ends move to the next, and the session stays', async () => {
  const killed = relayOf('client');
  tunnel.kill(killed);
  await untilBothLeft(killed);
  await untilNewAnswers();
  for (const end of ENDS) expect(lossesOf(end)).toEqual([]);
});

test('T5: relays die one after the other until one is left, and the session stays', async () => {
  const killed = relayOf('client');
  tunnel.kill(killed);
  await untilBothLeft(killed);
  await untilNewAnswers();
  for (const end of ENDS) expect(lossesOf(end)).toEqual([]);
});

test('T5: with the name server gone the ends come back to a relay where it was before', async () => {
  const last = LAB_RELAYS.find(({ name }) => name === relayOf('client'));
  if (last === undefined) throw new Error('the client uses no relay');
  const inInternet = ['netns', 'exec', tunnel.network.namespaces.internet];
  await runCommand('ip', [...inInternet, 'nft', 'add table inet silence']);
  await runCommand('ip', [...inInternet, 'nft', 'add chain inet silence input { type filter hook input priority 0; }']);
  await runCommand('ip', [...inInternet, 'nft', 'add rule inet silence input udp dport 53 drop']);
  await tunnel.stop(last.name);
  for (const end of ENDS) await until(`the ${end} uses no relay`, () => relayOf(end) === '');
  await tunnel.startRelay(last, last.address);
  await untilNewAnswers();
});
