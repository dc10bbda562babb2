/**
 * Sends a sequenced UDP stream to each of several echo programs, from the namespace that it is started in, and counts
 * what comes back.
 *
 *     node stream-program.ts FILE       FILE: StreamSettings as JSON
 *
 * Prints `ready`, twice a second `answered COUNTS` (a JSON list in the order of the targets) and, for each SIGUSR2, once
 * the answers are in: `report REPORTS`, of the time since the last one. SIGTSTP lets the streams rest, SIGCONT goes on.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { StreamCount } from './stream-count.ts';
import { decodeStreamPacket, encodeStreamPacket, RECEIVE_BUFFER_BYTES } from './stream-packet.ts';

const streamSettings = z.object({
  targets: z.array(z.object({ address: z.ipv4(), port: z.int() })),
  /** Milliseconds between two packets of one stream. */
  interval: z.int(),
  packetBytes: z.int(),
});
export type StreamSettings = z.infer<typeof streamSettings>;

const ANSWERED_INTERVAL = 500;
const REPORT_INTERVAL = 50;

const { targets, interval, packetBytes } = streamSettings.parse(
  JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')),
);
const counts = targets.map(() => new StreamCount());
const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
let sequence = 0;
let isResting = false;

socket.on('message', (packet) => {
  const decoded = decodeStreamPacket(packet);
  if (decoded !== null) counts[decoded.stream]?.received(decoded.sequence, performance.now());
});

function sendAll(): void {
  if (isResting) return;
  for (const [stream, { address, port }] of targets.entries()) {
    counts[stream]?.sent(sequence);
    // There is no way to the target before the tunnel is made: such a packet counts like one lost on the way.
    socket.send(encodeStreamPacket({ stream, sequence }, packetBytes), port, address, () => undefined);
  }
  sequence += 1;
}

function report(): void {
  const windows = counts.map((count) => ({ count, window: count.close(performance.now()) }));
  const timer = setInterval(() => {
    const now = performance.now();
    const reports = windows.map(({ count, window }) => (window === null ? 'none' : count.report(window, now)));
    if (reports.includes(null)) return;
    clearInterval(timer);
    console.log(`report ${JSON.stringify(reports.map((entry) => (entry === 'none' ? null : entry)))}`);
  }, REPORT_INTERVAL);
}

socket.bind(0, () => {
  setInterval(sendAll, interval);
  setInterval(
    () => console.log(`answered ${JSON.stringify(counts.map(({ answered }) => answered))}`),
    ANSWERED_INTERVAL,
  );
  console.log('ready');
});
process.on('SIGUSR2', report);
process.on('SIGTSTP', () => {
  isResting = true;
});
process.on('SIGCONT', () => {
  isResting = false;
});
process.once('SIGTERM', () => process.exit());
