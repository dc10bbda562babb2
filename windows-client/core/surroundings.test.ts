import { randomUUID } from 'node:crypto';
import type { ClientConfiguration } from '@edgegateway/protocol/client-api';
import type { PathPolicy } from '@edgegateway/tunnel/tunnel-engine';
import { expect, test } from 'vitest';
import type { CloudAddress } from './cloud-address.ts';
import { occupiedForTunnel, readSurroundings } from './surroundings.ts';

const RELAY = { name: 'relay0.c-us', region: 'c-us', host: '127.0.0.20', port: 443 } as const;
const STUN = { name: 'stun0.c-us', region: 'c-us', host: '127.0.0.30', port: 3478 } as const;
const CONFIGURATION: ClientConfiguration = {
  session: { id: randomUUID(), name: 'Service', expiresAt: '2030-01-01T00:00:00.000Z' },
  address: '100.64.0.2',
  gateways: [],
  relays: [RELAY],
  stunServers: [STUN],
  relayToken: 'token',
  eventToken: 'token',
};
const DIRECTLY = { authority: '127.0.0.10:8443', caPem: null, proxy: null };
const THROUGH_PROXY = { ...DIRECTLY, proxy: { url: 'http://127.0.0.40:3128', credentials: null } };

const NO_WAY_OUT = { routers: [], nameServers: [] };

/** Without the tunnel's own addresses and the name servers, which are the computer's own. */
async function serversOf(cloud: CloudAddress, configuration: ClientConfiguration, policy: PathPolicy) {
  const { needed } = await readSurroundings(cloud, configuration, policy, NO_WAY_OUT);
  return needed.filter(({ what }) => !/name server|in the tunnel/.test(what)).flatMap(({ addresses }) => addresses);
}

test('T5: the tunnel needs the cloud, the relays and the STUN servers', async () => {
  expect(await serversOf(DIRECTLY, CONFIGURATION, 'direct-preferred')).toEqual([
    '127.0.0.10',
    '127.0.0.20',
    '127.0.0.30',
  ]);
});

test('T5: held to the relay it needs no STUN server; behind a proxy only that proxy', async () => {
  expect(await serversOf(DIRECTLY, CONFIGURATION, 'relay-only')).toEqual(['127.0.0.10', '127.0.0.20']);
  expect(await serversOf(THROUGH_PROXY, CONFIGURATION, 'direct-preferred')).toEqual(['127.0.0.40', '127.0.0.30']);
});

test('a name that is not known is in nobody’s way', async () => {
  // A label of 64 characters is refused without asking anybody (RFC 1035 section 2.3.4).
  const unknown = { ...CONFIGURATION, relays: [{ ...RELAY, host: `${'a'.repeat(64)}.invalid` }] };
  expect(await serversOf(DIRECTLY, unknown, 'relay-only')).toEqual(['127.0.0.10']);
});

test('K04: the tunnel needs the routers and name servers of this computer, and its own addresses at both ends', async () => {
  const gateway = {
    ...{ registrationId: 'gw-1', name: 'Hall 2', publicKey: '', encapsulationKey: '', signallingSecret: '' },
    ...{ tunnelAddress: '100.64.0.1', released: [{ address: '192.168.250.10' }] },
  };
  const wayOut = { routers: ['192.168.1.1'], nameServers: ['192.168.1.53'] };
  const { needed } = await readSurroundings(DIRECTLY, { ...CONFIGURATION, gateways: [gateway] }, 'relay-only', wayOut);
  const owners = (address: string) =>
    needed.filter(({ addresses }) => addresses.includes(address)).map(({ what }) => what);
  expect(owners('192.168.1.1')).toEqual(["this computer's router"]);
  expect(owners('192.168.1.53')).toEqual(["this computer's name server"]);
  expect(owners('100.64.0.2')).toEqual(['this computer in the tunnel']);
  expect(owners('100.64.0.1')).toEqual(['Hall 2 in the tunnel']);
});

test('K03: the cloud is told what this computer has in the network of tunnel addresses, and nothing of its other networks', () => {
  const wayOut = { routers: ['100.64.5.1', '192.168.1.1'], nameServers: ['100.64.5.1', '9.9.9.9'] };
  const networks = [
    { interfaceName: 'wwan0', address: '100.64.5.7', cidr: '100.64.5.7/24' },
    { interfaceName: 'eth0', address: '192.168.1.7', cidr: '192.168.1.7/24' },
  ];
  expect(occupiedForTunnel(wayOut, networks)).toEqual(['100.64.5.1/32', '100.64.5.7/32', '100.64.5.7/24']);
  expect(occupiedForTunnel({ routers: ['192.168.1.1'], nameServers: [] }, networks.slice(1))).toEqual([]);
});
