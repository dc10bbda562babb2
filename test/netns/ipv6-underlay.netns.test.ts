/** Both ends at networks that have IPv6 and nothing else. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { parseWireguardDump } from '@edgegateway/tunnel/linux/wireguard-dump';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { GATEWAY_INTERFACE, TunnelFixture } from './tunnel-fixture.ts';
import { replaceUnderlay, runIp } from './underlay.ts';

const { machine } = LAB_ADDRESSES;
const RELAY: RelayEndpoint = { name: 'relay6', region: 'c-us', host: 'relay6.test', port: 443 };
const CLOUD = { host: '2001:db8:ffff::20', router: '2001:db8:ffff::1' };
const GATEWAYS = { end: 'gateway', host: '2001:db8:5::2', router: '2001:db8:5::1', length: 64 } as const;
const TECHNICIANS = { end: 'office', host: '2001:db8:6::10', router: '2001:db8:6::1', length: 64 } as const;

let tunnel: TunnelFixture;

beforeAll(async () => {
  tunnel = await TunnelFixture.create('six', 'direct-preferred');
  const { network } = tunnel;
  const { internet, cloud } = network.namespaces;
  await runCommand('ip', ['netns', 'exec', internet, 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1']);
  await runIp(internet, `address add ${CLOUD.router}/64 dev cloud nodad`);
  await runIp(cloud, `address add ${CLOUD.host}/64 dev eth0 nodad`, `route add default via ${CLOUD.router}`);
  for (const underlay of [GATEWAYS, TECHNICIANS]) {
    await replaceUnderlay(network, underlay);
    await nameRelay(network.namespaces[underlay.end]);
  }
  await tunnel.startMachines();
  await tunnel.startRelay(RELAY, CLOUD.host);
  await tunnel.startGateway([RELAY], [{ address: machine }]);
  await tunnel.startClient([RELAY], [machine]);
});

afterAll(() => tunnel?.close());

/** `ip netns exec` mounts this file over /etc/hosts (ip-netns(8)). */
async function nameRelay(namespace: string): Promise<void> {
  await mkdir(`/etc/netns/${namespace}`, { recursive: true });
  await writeFile(`/etc/netns/${namespace}/hosts`, `127.0.0.1 localhost\n${CLOUD.host} ${RELAY.host}\n`);
}

test('K11: the relay and then the direct path carry a session over IPv6 alone, and both ends say so', async () => {
  await tunnel.untilLine('client', /^connected gateway relay6$/);
  await tunnel.untilLine('client', /^path gateway direct$/);
  await tunnel.untilLine('gateway', /^path client direct$/);
});

test("K11: the gateway reads the client's IPv6 endpoint, the handshake and the bytes as those of any other", async () => {
  const { gateway, office } = tunnel.network.namespaces;
  const before = await readPeer(gateway);
  await runCommand('ip', ['netns', 'exec', office, 'ping', '-c3', '-i0.2', '-W5', machine]);
  const after = await readPeer(gateway);
  expect(after.endpoint).toEqual({ address: TECHNICIANS.host, port: expect.any(Number) });
  expect(after.latestHandshakeAt).toBeGreaterThan(0);
  // Three echoes of 84 bytes each way, with WireGuard's 32 around each.
  expect(after.receivedBytes - before.receivedBytes).toBeGreaterThanOrEqual(3 * (84 + 32));
  expect(after.sentBytes - before.sentBytes).toBeGreaterThanOrEqual(3 * (84 + 32));
});

async function readPeer(namespace: string) {
  const dump = await runCommand('ip', ['netns', 'exec', namespace, 'wg', 'show', GATEWAY_INTERFACE, 'dump']);
  const [peer] = parseWireguardDump(dump).peers;
  if (peer === undefined) throw new Error('there is no peer');
  return peer;
}
