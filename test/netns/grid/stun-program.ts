/**
 * STUN servers for tests of the direct path, inside the namespace that it is started in. Prints `ready` once they serve.
 *
 *     node stun-program.ts PORT ADDRESS...
 */
import { StunServer } from '@edgegateway/cloud-stub/stun/stun-server';

const [port, ...addresses] = process.argv.slice(2);
const servers = addresses.map((address) => StunServer.start({ name: address, address, port: Number(port) }));
process.once('SIGTERM', () => void Promise.all(servers.map((server) => server.stop())));
console.log('ready');
