/**
 * Sends bytes and takes them back, to see that all of them come.
 *
 *     node transfer-program.ts serve PORT               sends everything back; prints `ready`
 *     node transfer-program.ts send ADDRESS PORT BYTES  prints `ready`, then `whole`, or `BYTES came, and others than were sent`
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [what, ...rest] = process.argv.slice(2);
if (what === 'serve') await serve(Number(rest[0]));
else await send(rest[0] ?? '', Number(rest[1]), Number(rest[2]));

async function serve(port: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // A sender that went away: the next one is another connection.
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(port);
  await once(server, 'listening');
  console.log('ready');
}

async function send(address: string, port: number, bytes: number): Promise<void> {
  console.log('ready');
  const content = randomBytes(bytes);
  const socket = connect({ host: address, port, allowHalfOpen: true });
  const received = createHash('sha256');
  let count = 0;
  socket.on('data', (chunk: Buffer) => {
    count += chunk.length;
    received.update(chunk);
  });
  socket.end(content);
  await once(socket, 'end');
  const isWhole = received.digest('hex') === createHash('sha256').update(content).digest('hex');
  console.log(isWhole ? 'whole' : `${count} came, and others than were sent`);
}
