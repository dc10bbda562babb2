/** Both ends at carriers that use the range out of which tunnels have their addresses (RFC 6598). */
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { CLIENT_ADDRESS, CLIENT_INTERFACE, GATEWAY_INTERFACE, TunnelFixture } from './tunnel-fixture.ts';
import { replaceUnderlay, runIp } from './underlay.ts';

const { machine } = LAB_ADDRESSES;
const RELAY: RelayEndpoint = { name: 'relay0', region: 'c-us', host: LAB_ADDRESSES.relays[0], port: 443 };
const GATEWAYS = { end: 'gateway', host: '100.64.5.2', router: '100.64.5.1', length: 24 } as const;
const TECHNICIANS = { end: 'office', host: '100.64.6.10', router: '100.64.6.1', length: 24 } as const;
/** Someone else in the gateway's network. */
const NEIGHBOUR = '100.64.5.77';

let tunnel: TunnelFixture;

beforeAll(async () => {
  tunnel = await TunnelFixture.create('car', 'direct-preferred');
  const { network } = tunnel;
  for (const underlay of [GATEWAYS, TECHNICIANS]) await replaceUnderlay(network, underlay);
  await runIp(network.namespaces.internet, `address add ${NEIGHBOUR}/32 dev wan`);
  await tunnel.startMachines();
  await tunnel.startRelay(RELAY);
  await tunnel.startGateway([RELAY], [{ address: machine }]);
  await tunnel.startClient([RELAY], [machine]);
});

afterAll(() => tunnel?.close());

const inside = (end: 'gateway' | 'office', ...command: string[]) =>
  runCommand('ip', ['netns', 'exec', tunnel.network.namespaces[end], ...command]);
const pings = (end: 'gateway' | 'office', address: string) => inside(end, 'ping', '-c1', '-W5', address);

async function routesInto(end: 'gateway' | 'office', device: string): Promise<string[]> {
  const routes: { dst: string }[] = JSON.parse(await inside(end, 'ip', '-json', '-4', 'route', 'show', 'dev', device));
  return routes.map(({ dst }) => dst);
}

test('K03: a session between two carriers of that range takes the direct path and reaches its machine', async () => {
  await tunnel.untilLine('client', /^path gateway direct$/);
  expect(await pings('office', machine)).toContain('1 received');
});

test('K03: routers and neighbours of both carriers are reached meanwhile', async () => {
  expect(await pings('gateway', GATEWAYS.router)).toContain('1 received');
  expect(await pings('gateway', NEIGHBOUR)).toContain('1 received');
  expect(await pings('office', TECHNICIANS.router)).toContain('1 received');
});

test("K03: only the session's own addresses lead into the tunnel, and no rule is about a whole range", async () => {
  expect(await routesInto('office', CLIENT_INTERFACE)).toEqual([machine]);
  expect(await routesInto('gateway', GATEWAY_INTERFACE)).toEqual([CLIENT_ADDRESS]);
  expect(await inside('gateway', 'nft', 'list', 'ruleset')).not.toMatch(/\d\/\d/);
});
