import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Laboratory } from '../lab/laboratory.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { PacketCapture } from '../lab/packet-capture.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import * as ams from '../story/ams-pages.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';
import { routeIntoTunnel } from '../story/greedy-client.ts';
import { type StoryPeople, TECHNICIAN } from '../story/story.ts';

/** Seconds between two pings. */
const PING_INTERVAL = 0.1;
/** Answers that are to come before data counts as flowing. */
const ENOUGH = 10;

let laboratory: ConnectedLaboratory;
let lab: Laboratory;
let cast: StoryPeople;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-adversity', 'ad');
  ({ lab, cast } = laboratory);
});

afterAll(() => laboratory?.close());

/** Pings through the tunnel; ping(8) prints a line for each, answered or not. */
async function startPing(address: string, lines: string[]): Promise<SupervisedProcess> {
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

test('T6: while a foreign program flushes the firewall again and again, nothing reaches what is not released', async () => {
  const { office, plant } = lab.network.namespaces;
  await ams.expectPath(cast.plantStaff.page, TECHNICIAN.name, 'direct');
  await routeIntoTunnel(office, lab.clientInterface, LAB_ADDRESSES.otherMachine);
  const [released, other]: [string[], string[]] = [[], []];
  const intoPlant = await PacketCapture.start(plant, 'eth0', 'in');
  const pings = [await startPing(LAB_ADDRESSES.machine, released), await startPing(LAB_ADDRESSES.otherMachine, other)];
  try {
    await until('the released machine answers', () => answersIn(released) >= ENOUGH);
    const sentBefore = other.length;
    while (other.length < sentBefore + 3 * ENOUGH) await lab.gateway.flushFirewall();
    const answeredBefore = answersIn(released);
    await until('it answers again', () => answersIn(released) >= answeredBefore + ENOUGH);
    const seen = intoPlant.packets().map(({ text }) => text);
    expect(seen.filter((text) => text.includes(`> ${LAB_ADDRESSES.machine}: ICMP echo`)).length).toBeGreaterThan(
      ENOUGH,
    );
    expect(seen.filter((text) => text.includes(`> ${LAB_ADDRESSES.otherMachine}`))).toEqual([]);
  } finally {
    for (const ping of pings) await ping.stop();
    await intoPlant.stop();
  }
});

test('G4: when the service hangs nothing passes any more once the plant has switched off', async () => {
  await ams.expectPath(cast.plantStaff.page, TECHNICIAN.name, 'direct');
  const lines: string[] = [];
  const ping = await startPing(LAB_ADDRESSES.machine, lines);
  try {
    const killed = lab.gateway.hangService();
    const hungAt = answersIn(lines);
    await until('packets pass a service that hangs', () => answersIn(lines) >= hungAt + ENOUGH);
    const switchedAt = lines.length;
    await ams.switchOff(cast.plantStaff.page);
    const since = lines.slice(switchedAt);
    // The stop waits for the service and kills it then; the packets do not wait.
    await killed;
    expect(since.length).toBeGreaterThan(ENOUGH);
    expect(answersIn(since)).toBeLessThan(since.length / 2);
    expect(await lab.gateway.tunnelTraces()).toEqual({ interfaceExists: false, tableExists: false });
  } finally {
    await ping.stop();
  }
});
