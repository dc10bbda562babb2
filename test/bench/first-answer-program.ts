/**
 * Tries a TCP port again and again from the namespace it runs in, each time with a new connection, because a lost first
 * packet would be repeated only after a second.
 *
 *     node first-answer-program.ts ADDRESS PORT
 *
 * Prints `ready`, then `answered AT`, milliseconds since 1970, and ends.
 */
import { connect, type Socket } from 'node:net';

const INTERVAL = 10;
/** Milliseconds that one attempt may take. */
const PATIENCE = 400;

const [address, port] = process.argv.slice(2);
if (address === undefined || port === undefined) throw new Error('usage: first-answer-program.ts ADDRESS PORT');
const attempts = new Set<Socket>();

function attempt(): void {
  const socket = connect({ host: address, port: Number(port) });
  attempts.add(socket);
  socket.once('connect', () => {
    console.log(`answered ${Date.now()}`);
    process.exit();
  });
  socket.once('error', () => undefined);
  socket.once('close', () => attempts.delete(socket));
  socket.setTimeout(PATIENCE, () => socket.destroy());
}

setInterval(attempt, INTERVAL);
console.log('ready');
