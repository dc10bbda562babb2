/**
 * Opens connections and says nothing on them.
 *
 *     node idle-connections-program.ts ADDRESS:PORT...
 *
 * Prints `ready` once all are open, `ended ADDRESS:PORT CODE`; CODE is `-` for an end in order. Ends with the last of them.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

async function open(target: string): Promise<void> {
  const [host = '', port] = target.split(':');
  const socket = connect({ host, port: Number(port) });
  await once(socket, 'connect');
  let code = '-';
  socket.on('error', (error) => {
    code = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('close', () => console.log(`ended ${target} ${code}`));
  socket.resume();
}

await Promise.all(process.argv.slice(2).map(open));
console.log('ready');
