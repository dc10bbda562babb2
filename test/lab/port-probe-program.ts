/**
 * Tries TCP connections, or a UDP packet, from the namespace it runs in and prints one JSON line: the ports that answered, by kind.
 *
 *     node port-probe-program.ts ADDRESS 1-1024 8883 40000/udp     {"open":[443],"refused":[]}
 *
 * A port that says nothing is in neither list.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const SILENCE_MILLISECONDS = 3000;
const AT_ONCE = 256;

type Answer = 'open' | 'refused' | 'silent';

async function probeTcp(address: string, port: number): Promise<Answer> {
  const socket = connect({ host: address, port });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve('open'));
      socket.once('error', (error) => resolve(answerOf(error)));
      socket.setTimeout(SILENCE_MILLISECONDS, () => resolve('silent'));
    });
  } finally {
    socket.destroy();
  }
}

/** An ICMP error shows as an error of the connected socket (udp(7)). */
async function probeUdp(address: string, port: number): Promise<Answer> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve) => {
      socket.once('message', () => resolve('open'));
      socket.once('error', (error) => resolve(answerOf(error)));
      socket.connect(port, address, () => socket.send('?'));
      setTimeout(() => resolve('silent'), SILENCE_MILLISECONDS);
    });
  } finally {
    socket.close();
  }
}

function answerOf(error: Error): Answer {
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'silent';
}

interface Target {
  readonly port: number;
  readonly probe: typeof probeTcp;
}

function targetsOf(words: readonly string[]): Target[] {
  return words.flatMap((word) => {
    const [range = '', protocol] = word.split('/');
    const [first = NaN, last = first] = range.split('-').map(Number);
    const probe = protocol === 'udp' ? probeUdp : probeTcp;
    return Array.from({ length: last - first + 1 }, (_, index) => ({ port: first + index, probe }));
  });
}

const [address, ...words] = process.argv.slice(2);
if (address === undefined) throw new Error('usage: port-probe-program.ts ADDRESS PORT|FIRST-LAST[/udp] ...');
const found: { open: number[]; refused: number[] } = { open: [], refused: [] };
const targets = targetsOf(words);
for (let start = 0; start < targets.length; start += AT_ONCE) {
  await Promise.all(
    targets.slice(start, start + AT_ONCE).map(async ({ port, probe }) => {
      const answer = await probe(address, port);
      if (answer !== 'silent') found[answer].push(port);
    }),
  );
}
console.log(JSON.stringify(found));
