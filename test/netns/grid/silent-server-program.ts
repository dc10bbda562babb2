/**
 * Takes connections, says nothing and leaves them open.
 *
 *     node silent-server-program.ts ADDRESS PORT
 */
import { createServer } from 'node:net';

const [address, port] = process.argv.slice(2);
const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
server.listen(Number(port), address, () => console.log('ready'));
process.once('SIGTERM', () => process.exit());
