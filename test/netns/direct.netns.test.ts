/** The direct path between two ends that see each other, without NAT: what the grid shows for all the others. */
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { until } from '../lab/until.ts';
import { TunnelFixture } from './tunnel-fixture.ts';

const { machine } = LAB_ADDRESSES;
const RELAY: RelayEndpoint = { name: 'relay0', region: 'c-us', host: LAB_ADDRESSES.relays[0], port: 443 };

let tunnel: TunnelFixture;

beforeAll(async () => {
  tunnel = await TunnelFixture.create('dir', 'direct-preferred');
  await tunnel.startMachines();
  await tunnel.startRelay(RELAY);
  await tunnel.startGateway([RELAY], [{ address: machine }]);
  await tunnel.startClient([RELAY], [machine]);
});

afterAll(() => tunnel?.close());

const inGateway = (...command: string[]) =>
  runCommand('ip', ['netns', 'exec', tunnel.network.namespaces.gateway, ...command]);
/** What of the image's firewall is filled by the service, as it is loaded: empty. */
const BASE_FIREWALL =
  'add table inet edgegateway; delete table inet edgegateway; add table inet edgegateway; add set inet edgegateway tunnel_ports { type inet_service; }';

async function portsThatPass(): Promise<number[]> {
  const set = await inGateway('nft', 'list', 'set', 'inet', 'edgegateway', 'tunnel_ports');
  return (/elements = \{([^}]*)\}/.exec(set)?.[1] ?? '')
    .split(',')
    .flatMap((port) => (port.trim() === '' ? [] : [Number(port)]));
}

const isAnswered = (line: string) => line.includes('bytes from');

test('T2: after the first contact over the relay both ends take the direct path, and no packet is lost', async () => {
  await tunnel.untilLine('client', /^connected gateway relay0$/);
  const ping = await tunnel.startPing(machine);
  await tunnel.untilLine('client', /^path gateway direct$/);
  await tunnel.untilLine('gateway', /The path has changed.*direct/);
  const soFar = ping.lines.filter(isAnswered).length;
  await until('the machine answers over the direct path', () => ping.lines.filter(isAnswered).length >= soFar + 10);
  await ping.stop();
  const numbers = ping.lines.filter(isAnswered).map((line) => Number(/icmp_seq=([0-9]+)/.exec(line)?.[1]));
  expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
});

test('T2: WireGuard at the gateway sends to the client itself', async () => {
  expect(await inGateway('wg', 'show', 'rc0', 'endpoints')).toContain(LAB_ADDRESSES.office);
});

test('T5: a path that is blocked is left for the relay, and taken again when it is free', async () => {
  const ping = await tunnel.startPing(machine);
  await until('the machine answers', () => ping.lines.some(isAnswered));
  const before = tunnel.linesOf('client').length;
  await inGateway(
    'nft',
    'add table inet block; add chain inet block in { type filter hook prerouting priority -400; }',
  );
  await inGateway('nft', 'add rule inet block in iifname wan0 meta l4proto udp drop');
  await tunnel.untilLine('client', /^path gateway relay$/, before);
  const blocked = ping.lines.filter(isAnswered).length;
  await until('the machine answers over the relay', () => ping.lines.filter(isAnswered).length >= blocked + 10);
  await inGateway('nft', 'delete table inet block');
  await tunnel.untilLine('client', /^path gateway direct$/, before);
  await ping.stop();
});

test('a ruleset that somebody flushed is put back, and the path stays', async () => {
  await inGateway('nft', 'flush', 'ruleset');
  await until('the table is back', async () =>
    (await inGateway('nft', 'list', 'tables')).includes('remoteconnect_stun'),
  );
});

test("T2, G5: the tunnel's port passes the image's firewall again, however often that is flushed and loaded anew", async () => {
  const wireguard = (await inGateway('wg', 'show', 'rc0', 'listen-port')).trim();
  for (const flushed of [false, true, true]) {
    if (flushed) await inGateway('nft', 'flush', 'ruleset');
    await inGateway('nft', BASE_FIREWALL);
    await until('the port is in the set', async () => (await portsThatPass()).includes(Number(wireguard)));
  }
  expect(await portsThatPass()).toEqual([Number(wireguard)]);
});

test('G4, G5: an orderly stop leaves no table behind, and no hole in the firewall', async () => {
  await tunnel.stop('gateway');
  expect(await inGateway('nft', 'list', 'ruleset')).not.toContain('remoteconnect');
  expect(await portsThatPass()).toEqual([]);
});
