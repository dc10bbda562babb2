/**
 * The traffic that our relay and a TURN server are measured with: packets in bursts from one end of each pair to the
 * other, a fixed number of them under way.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { processorTimeDuring } from './processor-time.ts';

export const relayLoadSettings = z.strictObject({
  address: z.ipv4(),
  port: z.int(),
  /** Process id of the relay. */
  pid: z.int(),
  caPem: z.string(),
  pairs: z.int().min(1).max(200),
  /** Packets that leave an end together. */
  burst: z.int().min(1).max(48),
  /** Bursts under way for each pair. */
  bursts: z.int().min(1).max(16),
  packetBytes: z.int().min(64).max(1400),
  milliseconds: z.int().max(30_000),
});
export type RelayLoadSettings = z.infer<typeof relayLoadSettings>;

export const relayLoadCounts = z.strictObject({
  /** Packets that arrived. */
  packets: z.int(),
  lost: z.int(),
  seconds: z.number(),
  /** Of the relay, while the traffic ran. */
  processorSeconds: z.number(),
});
export type RelayLoadCounts = z.infer<typeof relayLoadCounts>;

/** Two ends that have met at a relay. */
export interface Pair {
  /** Sends one burst from the first end. */
  sendBurst(): void;
  /** Takes the function that is told how many packets have arrived at the second end. */
  onArrived(arrived: (packets: number) => void): void;
}

/** Milliseconds without any packet after which those under way count as lost. */
const SILENCE = 200;

/** Sends until the time is over, and counts. */
export async function driveTraffic(pairs: readonly Pair[], settings: RelayLoadSettings): Promise<RelayLoadCounts> {
  const { burst, bursts, milliseconds, pid } = settings;
  let packets = 0;
  let lost = 0;
  const driver = { running: true };
  const timers = pairs.map((pair) => {
    let underWay = 0;
    let heard = true;
    const fill = () => {
      while (driver.running && underWay <= (bursts - 1) * burst) {
        underWay += burst;
        pair.sendBurst();
      }
    };
    pair.onArrived((arrived) => {
      heard = true;
      packets += arrived;
      underWay = Math.max(0, underWay - arrived);
      fill();
    });
    // A single burst that lost a packet never fills up again by itself.
    const timer = setInterval(() => {
      if (!heard) {
        lost += underWay;
        underWay = 0;
      }
      heard = false;
      fill();
    }, SILENCE);
    return { fill, timer };
  });
  const start = performance.now();
  const { seconds: processorSeconds } = await processorTimeDuring(pid, async () => {
    for (const { fill } of timers) fill();
    await pause(milliseconds);
    driver.running = false;
  });
  for (const { timer } of timers) clearInterval(timer);
  return { packets, lost, seconds: (performance.now() - start) / 1000, processorSeconds };
}
