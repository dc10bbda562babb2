/**
 * The simulated machine of the plant: a web page on port 80 and Modbus/TCP on port 502 (jsmodbus).
 * It has no route to anywhere but its own network, as machines have.
 *
 *     node machine-program.ts ADDRESS NAME
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { server as modbusServer } from 'jsmodbus';
import { MACHINE_REGISTERS } from './machine-registers.ts';

const [address, name] = process.argv.slice(2);
if (address === undefined || name === undefined) throw new Error('usage: machine-program.ts ADDRESS NAME');

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${name}</title></head>
<body><h1>${name}</h1><p>Temperature 23.5 °C, pressure 1013 mbar.</p></body></html>
`;

const web = createHttpServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page);
});

const registers = Buffer.alloc(2 * MACHINE_REGISTERS.length);
MACHINE_REGISTERS.forEach((value, index) => registers.writeUInt16BE(value, 2 * index));
const modbus = createTcpServer();
void new modbusServer.TCP(modbus, { holding: registers });
// jsmodbus does not listen for it; a machine goes on when a connection of its is reset.
modbus.on('connection', (socket) => socket.on('error', () => socket.destroy()));

web.listen(80, address, () => {
  modbus.listen(502, address, () => console.log(`ready ${name} at ${address}`));
});
