/**
 * A gateway's shared port in the namespace that it is started in, with plain sockets in WireGuard's place.
 *
 *     node shared-port-program.ts PORT LATE_ADDRESS LATE_PORT
 *
 * Prints `stun BASE SENDER PORT` and answers it, `wireguard SENDER PORT TEXT` for what WireGuard would get. On the text
 * `late` it hands WireGuard a packet over loopback that is to look as if it came from LATE_ADDRESS and LATE_PORT.
 */
import { createSocket, type SocketType } from 'node:dgram';
import { once } from 'node:events';
import { GatewayTransport } from '@edgegateway/tunnel/linux/gateway-transport';

const [port, lateAddress, latePort] = process.argv.slice(2);
const wireguardPort = Number(port);

const late = createSocket('udp4');
late.bind(0, '127.0.0.1');
await once(late, 'listening');

for (const type of ['udp4', 'udp6'] satisfies SocketType[]) {
  const wireguard = createSocket(type === 'udp6' ? { type, ipv6Only: true } : { type });
  wireguard.on('message', (packet, sender) => {
    const text = packet.toString('latin1').replaceAll(/[^a-z]/g, '');
    console.log(`wireguard ${sender.address} ${sender.port} ${text}`);
    if (text === 'late') late.send('disguised', wireguardPort, '127.0.0.1');
  });
  wireguard.bind(wireguardPort);
  await once(wireguard, 'listening');
}

const transport = await GatewayTransport.open({
  ...{ wireguardPort, excluded: [], implementation: 'kernel' },
  onDatagram: (_datagram, base, sender) => {
    console.log(`stun ${base} ${sender.address} ${sender.port}`);
    transport.send(base, sender, Buffer.from('answer'));
  },
  log: (_level, message) => console.log(message),
});
await transport.disguise(late.address().port, { address: lateAddress ?? '', port: Number(latePort) });
process.once('SIGTERM', () => void transport.close().then(() => process.exit(0)));
console.log('ready');
