import { randomBytes } from 'node:crypto';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { CommandError, runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { until } from '../lab/until.ts';
import { CLIENT_ADDRESS, GATEWAY_INTERFACE, TunnelFixture } from './tunnel-fixture.ts';

const {
  machine,
  otherMachine,
  relays: [relay],
} = LAB_ADDRESSES;
const RELAY0: RelayEndpoint = { name: 'relay0', region: 'c-us', host: relay, port: 443 };
const RELAY1: RelayEndpoint = { name: 'relay1', region: 'c-us', host: relay, port: 8443 };
const RELAYS = [RELAY0, RELAY1];
const WEB_ONLY = [{ address: machine, protocol: 'tcp', port: 80 }] as const;
const WHOLE_MACHINE = [{ address: machine }] as const;
/** Under which the client reaches the machine where its own address means something else. */
const MAPPED = '100.112.0.1';

let tunnel: TunnelFixture;

beforeAll(async () => {
  tunnel = await TunnelFixture.create('tun');
  await tunnel.startMachines();
  await tunnel.startRelay(RELAY0);
  await tunnel.startRelay(RELAY1);
  await tunnel.startGateway(RELAYS, WHOLE_MACHINE);
  // The client is told more than the gateway releases, so that only the gateway's whitelist can refuse.
  await tunnel.startClient(RELAYS, [machine, otherMachine, MAPPED, LAB_ADDRESSES.ams, LAB_ADDRESSES.elsewhere]);
});

afterAll(() => tunnel?.close());

const WEB = 80;
const MODBUS = 502;

const inNamespace = (namespace: string, ...command: string[]) =>
  runCommand('ip', ['netns', 'exec', namespace, ...command]);
const inGateway = (...command: string[]) => inNamespace(tunnel.network.namespaces.gateway, ...command);
const inOffice = (...command: string[]) => inNamespace(tunnel.network.namespaces.office, ...command);

/** Whether a TCP connection from the technician's computer is accepted; two seconds of silence are a refusal. */
async function reaches(address: string, port: number): Promise<boolean> {
  try {
    await inOffice('timeout', '2', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** The relay that the client took last. */
const clientsRelay = () => /"relay":"([^"]+)"/.exec(tunnel.linesOf('client').findLast(isRelayChange) ?? '')?.[1];
/** Of the gateway's only peer. */
const statistic = async (what: 'latest-handshakes' | 'transfer') =>
  (await inGateway('wg', 'show', GATEWAY_INTERFACE, what)).trim().split('\t').slice(1).map(Number);
const isRelayChange = (line: string) => line.includes('The relay in use has changed.');
const isAnswered = (line: string) => line.includes('bytes from');

const untilReached = () => until('the machine is reached', () => reaches(machine, WEB), 60);

test('T2, T4: the first contact is over a relay, and both ends know that they are connected', async () => {
  expect(await tunnel.untilLine('client', /^connected /)).toMatch(/^connected gateway relay[01]$/);
  expect(await tunnel.untilLine('gateway', /^connected /)).toMatch(/^connected client relay[01]$/);
});

test('T6, A3: a released machine is reached though it knows no way to the client', async () => {
  await untilReached();
  expect(await reaches(machine, MODBUS)).toBe(true);
  const opened = `opened ${CLIENT_ADDRESS} ${machine} tcp 80`;
  expect(await tunnel.untilLine('gateway', /^opened .* tcp 80$/)).toBe(opened);
  const plantRoutes = await inNamespace(tunnel.network.namespaces.plant, 'ip', 'route', 'show', 'default');
  expect(plantRoutes).toBe('');
});

test('T6: a machine that is not released is refused, and the refusal is recorded', async () => {
  expect(await reaches(otherMachine, WEB)).toBe(false);
  const refused = `refused ${CLIENT_ADDRESS} ${otherMachine} tcp 80`;
  expect(await tunnel.untilLine('gateway', /^refused /)).toBe(refused);
});

test('T6: the gateway itself and what lies on its WAN side are refused', async () => {
  expect(await reaches(LAB_ADDRESSES.ams, WEB)).toBe(false);
  expect(await reaches(LAB_ADDRESSES.elsewhere, WEB)).toBe(false);
  await tunnel.untilLine('gateway', new RegExp(`^refused ${CLIENT_ADDRESS} ${LAB_ADDRESSES.ams} tcp 80$`));
  await tunnel.untilLine('gateway', new RegExp(`^refused ${CLIENT_ADDRESS} ${LAB_ADDRESSES.elsewhere} tcp 80$`));
});

test('C6, T6: a release of one port takes the other ports away and leaves the tunnel as it is', async () => {
  const before = tunnel.linesOf('gateway').length;
  await tunnel.changeGateway(RELAYS, WEB_ONLY);
  expect(await reaches(machine, WEB)).toBe(true);
  expect(await reaches(machine, MODBUS)).toBe(false);
  expect(
    tunnel
      .linesOf('gateway')
      .slice(before)
      .filter((line) => line.startsWith('lost')),
  ).toEqual([]);
});

test('T6, T7: a machine is reached under the address that it is mapped to, only while it is, and only where released', async () => {
  expect(await reaches(MAPPED, WEB)).toBe(false);
  await tunnel.changeGateway(RELAYS, WEB_ONLY, [{ address: machine, mapped: MAPPED }]);
  expect(await reaches(MAPPED, WEB)).toBe(true);
  expect(await reaches(MAPPED, MODBUS)).toBe(false);
  await tunnel.changeGateway(RELAYS, WEB_ONLY);
  expect(await reaches(MAPPED, WEB)).toBe(false);
});

test('T6: a packet as large as the tunnel passes whole', async () => {
  await tunnel.changeGateway(RELAYS, WHOLE_MACHINE);
  // 1252 bytes, 8 of ICMP and 20 of IPv4 make the 1280 of the tunnel.
  expect(await inOffice('ping', '-c1', '-W5', '-s1252', '-Mdo', machine)).toContain('1 received');
});

test('T6: a flow that conntrack knows is cut with its next packet when its session is removed', async () => {
  const ping = await tunnel.startPing(machine);
  await until('the machine answers', () => ping.lines.some(isAnswered));
  await tunnel.changeGateway(RELAYS, []);
  const answers = ping.lines.filter(isAnswered).length;
  await until('three more packets have been refused', async () => {
    const set = await inGateway('nft', '--json', 'list', 'set', 'inet', 'remoteconnect', 'refused_protocol');
    return Number(/"packets": ([0-9]+)/.exec(set)?.[1] ?? 0) >= 3;
  });
  expect(ping.lines.filter(isAnswered).length).toBe(answers);
  await tunnel.changeGateway(RELAYS, WHOLE_MACHINE);
  await until('the machine answers again', () => ping.lines.filter(isAnswered).length > answers);
  await ping.stop();
});

test('T1: ends with different preshared keys do not shake hands, ends with the same one do', async () => {
  const own = tunnel.gatewaysPresharedKey;
  // So that both ends have packets, and want to shake hands.
  const ping = await tunnel.startPing(machine);
  tunnel.gatewaysPresharedKey = randomBytes(32).toString('base64');
  await tunnel.changeGateway(RELAYS, WHOLE_MACHINE);
  // An initiation says nothing of the preshared key yet: the gateway takes it and answers.
  await until(
    'the gateway has answered two initiations',
    async () => ((await statistic('transfer'))[1] ?? 0) >= 2 * 92,
  );
  expect(await statistic('latest-handshakes')).toEqual([0]);
  expect(await reaches(machine, WEB)).toBe(false);
  tunnel.gatewaysPresharedKey = own;
  await tunnel.changeGateway(RELAYS, WHOLE_MACHINE);
  await untilReached();
  await ping.stop();
});

test('T6: a table that someone else removed is back with the next reading', async () => {
  await inGateway('nft', 'flush', 'ruleset');
  await until('the table is back', async () => (await inGateway('nft', 'list', 'tables')).includes('remoteconnect'));
  expect(await reaches(machine, WEB)).toBe(true);
  expect(await reaches(otherMachine, WEB)).toBe(false);
});

test('T5: when the relay in use dies, the other one carries the packets', async () => {
  const [inUse = '', other = ''] = clientsRelay() === RELAY0.name ? ['relay0', 'relay1'] : ['relay1', 'relay0'];
  tunnel.kill(inUse);
  await until('the client uses the other relay', () => clientsRelay() === other);
  await untilReached();
});

test('T5: both relays dead for a while: the ends come back by themselves', async () => {
  tunnel.kill(RELAY0.name);
  tunnel.kill(RELAY1.name);
  await tunnel.untilLine('client', /^lost gateway The other end is at no relay/);
  await tunnel.stop(RELAY0.name);
  const before = tunnel.linesOf('client').length;
  await tunnel.startRelay(RELAY0);
  await tunnel.untilLine('client', /^connected gateway relay0$/, before);
  await untilReached();
});

test('G4, T6: after kill -9 of the gateway no packet passes, and a new start clears what was left', async () => {
  tunnel.kill('gateway');
  await until('the machine is not reached any more', async () => !(await reaches(machine, WEB)));
  await tunnel.stop('gateway');
  await tunnel.startGateway([RELAY0], WHOLE_MACHINE);
  await untilReached();
});

test('G4: an orderly stop leaves neither interface nor table', async () => {
  await tunnel.stop('gateway');
  expect(await inGateway('nft', 'list', 'ruleset')).not.toContain('remoteconnect');
  expect(await inGateway('ip', '-json', 'link', 'show')).not.toContain('"rc0"');
});
