/** What the story has to withstand, told once for the image in QEMU and for its tree as a container. */
import { expect } from 'vitest';
import type { Laboratory } from '../lab/laboratory.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { PacketCapture } from '../lab/packet-capture.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { answersPing, wanAddressOf } from '../lab/wan-side.ts';
import * as ams from './ams-pages.ts';
import { routeIntoTunnel } from './greedy-client.ts';
import type { Person } from './people.ts';
import { notPermitted } from './permitted-packets.ts';
import { type StoryPeople, TECHNICIAN } from './story.ts';

/** Seconds between two pings. */
const PING_INTERVAL = 0.1;
/** Answers that are to come before data counts as flowing. */
const ENOUGH = 10;
/** More than the ten answers take, less than the watchdog's patience. */
const PAUSE_SECONDS = 5;
const PATH_SECONDS = 120;

/**
 * A foreign program flushes the firewall again and again: nothing reaches what is not released, and the rest comes back (T6):
 * the session, the direct path, and the silence on the WAN side (G5).
 */
export async function withstandFlushes(lab: Laboratory, { plantStaff }: StoryPeople): Promise<void> {
  const { office, plant } = lab.network.namespaces;
  await ams.expectPath(plantStaff.page, TECHNICIAN.name, 'direct');
  await routeIntoTunnel(office, lab.clientInterface, LAB_ADDRESSES.otherMachine);
  const [released, other]: [string[], string[]] = [[], []];
  const intoPlant = await PacketCapture.start(plant, 'eth0', 'in');
  const pings = [
    await startPing(lab, LAB_ADDRESSES.machine, released),
    await startPing(lab, LAB_ADDRESSES.otherMachine, other),
  ];
  try {
    await until('the released machine answers', () => answersIn(released) >= ENOUGH);
    const sentBefore = other.length;
    while (other.length < sentBefore + 3 * ENOUGH) await lab.gateway.flushFirewall();
    const wanAddress = await wanAddressOf(lab.network);
    await until('the WAN side is silent again', async () => !(await answersPing(lab.network, wanAddress)));
    const answeredBefore = answersIn(released);
    await until('it answers again', () => answersIn(released) >= answeredBefore + ENOUGH);
    await ams.expectPath(plantStaff.page, TECHNICIAN.name, 'direct');
    const seen = intoPlant.packets().map(({ text }) => text);
    expect(seen.filter((text) => text.includes(`> ${LAB_ADDRESSES.machine}: ICMP echo`)).length).toBeGreaterThan(
      ENOUGH,
    );
    expect(seen.filter((text) => text.includes(`> ${LAB_ADDRESSES.otherMachine}`))).toEqual([]);
  } finally {
    for (const ping of pings) await ping.stop();
    await intoPlant.stop();
  }
}

/** The service hangs: nothing passes any more once the plant has switched off (G4). */
export async function withstandHang(lab: Laboratory, { plantStaff }: StoryPeople): Promise<void> {
  const lines: string[] = [];
  const ping = await startPing(lab, LAB_ADDRESSES.machine, lines);
  try {
    await untilKernelIsAlone(lab, plantStaff, lines);
    const killed = lab.gateway.hangService();
    const switchedAt = lines.length;
    const sentBefore = lab.wanCapture.packets().length;
    await ams.switchOff(plantStaff.page);
    const since = lines.slice(switchedAt);
    // The stop waits for the service and kills it then; the packets do not wait.
    await killed;
    expect(since.length).toBeGreaterThan(ENOUGH);
    expect(answersIn(since)).toBeLessThan(since.length / 2);
    expect(await lab.gateway.tunnelTraces()).toEqual({ interfaceExists: false, tableExists: false });
    // Pings still come, and nobody outside is told that there is no port for them any more.
    expect(notPermitted(lab.wanCapture.packets().slice(sentBefore))).toEqual([]);
  } finally {
    await ping.stop();
  }
}

/**
 * Leaves the service standing still, and packets passing: over the direct path, which the page may still show when it has just been
 * lost. Then the service gets the time to find it again: one that stands still most of the time never would.
 */
async function untilKernelIsAlone({ gateway }: Laboratory, { page }: Person, lines: readonly string[]): Promise<void> {
  const tenPass = async (seconds?: number): Promise<void> => {
    const before = answersIn(lines);
    await until('ten packets pass', () => answersIn(lines) >= before + ENOUGH, seconds);
  };
  await until(
    'packets pass a service that stands still',
    async () => {
      await ams.expectPath(page, TECHNICIAN.name, 'direct');
      await gateway.pauseService();
      try {
        await tenPass(PAUSE_SECONDS);
        return true;
      } catch (error) {
        await gateway.resumeService();
        await tenPass();
        throw error;
      }
    },
    PATH_SECONDS,
  );
}

/** Pings through the tunnel; ping(8) prints a line for each, answered or not. */
async function startPing(lab: Laboratory, address: string, lines: string[]): Promise<SupervisedProcess> {
  const ping = ['ping', '-O', '-i', String(PING_INTERVAL), address];
  return SupervisedProcess.start({
    name: `ping-${address}`,
    command: 'ip',
    argv: ['netns', 'exec', lab.network.namespaces.office, ...ping],
    readyWhen: /^PING/,
    logDirectory: lab.logDirectory,
    onLine: (line) => lines.push(line),
  });
}

const answersIn = (lines: readonly string[]): number => lines.filter((line) => line.includes('bytes from')).length;
