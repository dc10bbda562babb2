/**
 * Two ends that talk without end over one TCP connection and one UDP flow; once begun, neither waits for the other.
 *
 *     node talking-program.ts answer ADDRESS PORT
 *     node talking-program.ts talk ADDRESS PORT
 *
 * Prints `ready`; for the one that talks, that is when it has heard the first answer on each.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Milliseconds. */
const INTERVAL = 50;

const [role, address = '', portText] = process.argv.slice(2);
const port = Number(portText);
const udp = createSocket('udp4');

if (role === 'answer') {
  udp.once('message', (_words, { address: from, port: source }) => {
    setInterval(() => udp.send('!', source, from), INTERVAL);
  });
  udp.bind(port, address);
  const server = createServer((socket) => {
    const talk = setInterval(() => socket.write('!'), INTERVAL);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearInterval(talk));
    socket.resume();
  });
  server.listen(port, address);
  await Promise.all([once(udp, 'listening'), once(server, 'listening')]);
} else {
  const tcp = connect(port, address);
  await once(tcp, 'connect');
  setInterval(() => {
    udp.send('?', port, address);
    tcp.write('?');
  }, INTERVAL);
  await Promise.all([once(udp, 'message'), once(tcp, 'data')]);
  tcp.resume();
}
console.log('ready');
