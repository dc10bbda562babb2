/**
 * Sends every UDP packet back to where it came from, as a machine of the plant that answers.
 *
 *     node echo-program.ts ADDRESS PORT
 */
import { createSocket } from 'node:dgram';
import { RECEIVE_BUFFER_BYTES } from './stream-packet.ts';

const [address, port] = process.argv.slice(2);
const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
socket.on('message', (packet, source) => socket.send(packet, source.port, source.address, () => undefined));
socket.bind(Number(port), address, () => console.log('ready'));
process.once('SIGTERM', () => socket.close());
