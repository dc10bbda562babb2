/**
 * Loads a STUN server: many sockets, each with a fixed number of questions under way, a new one for every answer.
 * Ends after its time.
 *
 *     node stun-load-program.ts SETTINGS       SETTINGS: StunLoadSettings as JSON
 *
 * Prints StunLoadCounts as JSON.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeBindingRequest } from '@edgegateway/protocol/stun/binding';
import { z } from 'zod';
import { processorTimeDuring } from './processor-time.ts';

const stunLoadSettings = z.strictObject({
  address: z.ipv4(),
  port: z.int(),
  /** Process id of the server. */
  pid: z.int(),
  sockets: z.int().min(1).max(500),
  /** Questions under way for each socket. */
  underWay: z.int().min(1).max(64),
  milliseconds: z.int().max(30_000),
});
export type StunLoadSettings = z.infer<typeof stunLoadSettings>;

export const stunLoadCounts = z.strictObject({ answers: z.int(), repeated: z.int(), processorSeconds: z.number() });

/** Milliseconds without any answer after which a socket asks anew: its datagrams were lost. */
const SILENCE = 200;

/** The type of a Binding success response (RFC 8489 section 5). */
const SUCCESS = 0x0101;

async function main(settings: StunLoadSettings): Promise<z.infer<typeof stunLoadCounts>> {
  let answers = 0;
  let repeated = 0;
  let running = true;
  const askers = await Promise.all(
    Array.from({ length: settings.sockets }, async () => {
      const socket = createSocket('udp4');
      socket.connect(settings.port, settings.address);
      await once(socket, 'connect');
      const request = Buffer.from(encodeBindingRequest());
      let heard = true;
      const ask = (count: number) => {
        for (let sent = 0; sent < count; sent += 1) socket.send(request);
      };
      socket.on('message', (answer) => {
        if (answer.readUInt16BE(0) !== SUCCESS || request.compare(answer, 4, 20, 4, 20) !== 0) return;
        heard = true;
        answers += 1;
        if (running) ask(1);
      });
      const timer = setInterval(() => {
        if (!heard) {
          repeated += settings.underWay;
          ask(settings.underWay);
        }
        heard = false;
      }, SILENCE);
      ask(settings.underWay);
      return () => {
        clearInterval(timer);
        socket.close();
      };
    }),
  );
  const { seconds: processorSeconds } = await processorTimeDuring(settings.pid, () => pause(settings.milliseconds));
  running = false;
  for (const close of askers) close();
  return { answers, repeated, processorSeconds };
}

if (import.meta.main)
  console.log(JSON.stringify(await main(stunLoadSettings.parse(JSON.parse(process.argv[2] ?? '')))));
