/**
 * A web site that has nothing to do with remote maintenance. It answers with the address the visitor comes from,
 * so that a test sees by which network the visitor left.
 *
 *     node elsewhere-program.ts ADDRESS
 */
import { createServer } from 'node:http';

const [address] = process.argv.slice(2);
if (address === undefined) throw new Error('usage: elsewhere-program.ts ADDRESS');

createServer((request, response) => {
  response.end(request.socket.remoteAddress ?? 'unknown');
}).listen(80, address, () => console.log(`ready elsewhere at ${address}`));
