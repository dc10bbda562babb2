/**
 * Tries TCP connections from the namespace it runs in and prints one JSON line: the ports that answered, by kind.
 *
 *     node port-probe-program.ts ADDRESS 1-1024 8883     {"open":[443],"refused":[]}
 *
 * A port that says nothing is in neither list.
 */
import { connect } from 'node:net';

const SILENCE_MILLISECONDS = 3000;
const AT_ONCE = 256;

async function probe(address: string, port: number): Promise<'open' | 'refused' | 'silent'> {
  const socket = connect({ host: address, port });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve('open'));
      socket.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
      socket.setTimeout(SILENCE_MILLISECONDS, () => resolve('silent'));
    });
  } finally {
    socket.destroy();
  }
}

function portsOf(ranges: readonly string[]): number[] {
  return ranges.flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

const [address, ...ranges] = process.argv.slice(2);
if (address === undefined) throw new Error('usage: port-probe-program.ts ADDRESS PORT|FIRST-LAST ...');
const found: { open: number[]; refused: number[] } = { open: [], refused: [] };
const ports = portsOf(ranges);
for (let start = 0; start < ports.length; start += AT_ONCE) {
  await Promise.all(
    ports.slice(start, start + AT_ONCE).map(async (port) => {
      const answer = await probe(address, port);
      if (answer !== 'silent') found[answer].push(port);
    }),
  );
}
console.log(JSON.stringify(found));
