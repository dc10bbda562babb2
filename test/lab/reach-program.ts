/**
 * Tries what a technician's programs would try, from inside the namespace it runs in, and prints one JSON line.
 *
 *     node reach-program.ts http URL           {"ok":true,"body":"..."} or {"ok":false,"error":"..."}
 *     node reach-program.ts modbus ADDRESS     {"ok":true,"registers":[...]} or {"ok":false,"error":"..."}
 *     node reach-program.ts tcp ADDRESS:PORT   {"ok":true} or {"ok":false,"error":"..."}
 */
import { Socket } from 'node:net';
import { client as modbusClient } from 'jsmodbus';

const TIMEOUT_MILLISECONDS = 4000;

async function http(url: string): Promise<object> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  return { body: await response.text() };
}

async function tcp(target: string): Promise<object> {
  const [address = '', port] = target.split(':');
  await connected(new Socket(), address, Number(port));
  return {};
}

async function modbus(address: string): Promise<object> {
  const socket = new Socket();
  // Made before the connection: it counts as offline until it has seen the socket's connect event.
  const client = new modbusClient.TCP(socket, 1);
  await connected(socket, address, 502);
  const answer = await client.readHoldingRegisters(0, 2);
  socket.destroy();
  return { registers: answer.response.body.valuesAsArray };
}

function connected(socket: Socket, address: string, port: number): Promise<void> {
  socket.setTimeout(TIMEOUT_MILLISECONDS, () => socket.destroy(new Error('timeout')));
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
    socket.connect(port, address);
  });
}

const ATTEMPTS = new Map([
  ['http', http],
  ['modbus', modbus],
  ['tcp', tcp],
]);

const [kind = '', target] = process.argv.slice(2);
const attempt = ATTEMPTS.get(kind);
if (attempt === undefined || target === undefined) throw new Error('usage: reach-program.ts http|modbus|tcp TARGET');
try {
  console.log(JSON.stringify({ ok: true, ...(await attempt(target)) }));
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  console.log(
    JSON.stringify({
      ok: false,
      error: `${error instanceof Error ? error.message : JSON.stringify(error)} ${cause}`.trim(),
    }),
  );
}
// An attempt that was given up may still hold its socket.
process.exit();
