/**
 * A controller with two places for connections, which never speaks by itself; SIGUSR1 makes it speak on each connection.
 *
 *     node slots-program.ts ADDRESS PORT
 *
 * Prints `ready`, `accepted FROM`, `refused FROM`, `ended FROM CODE`; CODE is `-` for an end in order.
 */
import { createServer, type Socket } from 'node:net';

const PLACES = 2;

const [address, port] = process.argv.slice(2);
const held = new Set<Socket>();
const server = createServer((socket) => {
  const from = socket.remoteAddress;
  let code = '-';
  held.add(socket);
  console.log(`accepted ${from}`);
  socket.on('error', (error) => {
    code = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('close', () => {
    held.delete(socket);
    console.log(`ended ${from} ${code}`);
  });
  socket.resume();
});
server.maxConnections = PLACES;
server.on('drop', (dropped) => console.log(`refused ${dropped?.remoteAddress}`));
server.listen(Number(port), address, () => console.log('ready'));
process.on('SIGUSR1', () => {
  for (const socket of held) socket.write('?');
});
