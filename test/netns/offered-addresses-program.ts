/**
 * Makes a tunnel and another VPN in the namespace that this is started in, and prints which addresses the client's
 * transport offers, as JSON.
 *
 *     node offered-addresses-program.ts OWN-INTERFACE VPN-INTERFACE OTHER-INTERFACE...
 */
import { networkInterfaces } from 'node:os';
import { ClientTransport } from '@edgegateway/tunnel/io/client-transport';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import { readVirtualInterfaces } from '@edgegateway/tunnel/linux/virtual-interfaces';
import { createWireguardInterface } from '@edgegateway/tunnel/linux/wireguard';
import { until } from '../lab/until.ts';

const names = process.argv.slice(2);
const [own = '', vpn = ''] = names;

const { privateKey } = generateWireguardKeyPair();
const common = { implementation: 'wireguard-go', privateKey } as const;
const tunnels = [
  await createWireguardInterface({ ...common, name: own, addresses: ['100.64.0.1'] }),
  await createWireguardInterface({ ...common, name: vpn, addresses: ['10.8.0.2'] }),
];
await until('every interface has come up', () => names.every((name) => networkInterfaces()[name] !== undefined));
const transport = await ClientTransport.open({ own, readVirtual: readVirtualInterfaces }, () => undefined);
const offered = transport.bases.map(({ family, hosts }) => [family, hosts.map(({ address }) => address)]);
console.log(JSON.stringify(Object.fromEntries(offered)));
await transport.close();
for (const tunnel of tunnels) await tunnel.close();
