/**
 * Sends datagrams and prints what comes back as `from ADDRESS PORT TEXT`.
 *
 *     node datagram-program.ts ADDRESS PORT HEX...
 */
import { createSocket } from 'node:dgram';

const [address = '', port, ...datagrams] = process.argv.slice(2);
const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
socket.on('message', (answer, sender) => console.log(`from ${sender.address} ${sender.port} ${answer.toString()}`));
for (const datagram of datagrams) socket.send(Buffer.from(datagram, 'hex'), Number(port), address);
process.once('SIGTERM', () => socket.close());
console.log('ready');
