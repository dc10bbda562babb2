import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockDirectPath } from '../lab/internet-firewall.ts';
import { bytesEachSecond, startIperfServer } from '../lab/iperf.ts';
import { type Laboratory, startLaboratory } from '../lab/laboratory.ts';
import { narrowInSilence, narrowTelling } from '../lab/narrow-way.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { Steps } from '../lab/steps.ts';
import type { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { withstandHang } from '../story/adversity.ts';
import * as ams from '../story/ams-pages.ts';
import { withstandNarrowWay } from '../story/narrow-way.ts';
import { People } from '../story/people.ts';
import {
  connect,
  expectMachine,
  readTheRecords,
  type StoryPeople,
  setUp,
  switchOff,
  useTheTunnel,
} from '../story/story.ts';

/** How long the WAN side of a gateway with remoteConnect off is watched. */
const SILENT_SECONDS = 60;
const BACK_SECONDS = 120;
/** Shorter than the watchdog's patience with a service that stands still. */
const STREAM_SECONDS = 15;
const PAUSED_AFTER_SECONDS = 4;

const steps = new Steps((line) => console.log(line));

let lab: Laboratory;
let people: People;
let cast: StoryPeople;
let client: SupervisedProcess;

beforeAll(async () => {
  const directory = join(import.meta.dirname, '../../build/lab-qemu');
  lab = await startLaboratory({ prefix: 'qe', gateway: 'virtual-machine', directory, steps });
  people = new People(lab);
});

afterAll(async () => {
  await client?.stop();
  await people?.close();
  await lab?.close();
});

test('G5, P1: with remoteConnect off, nothing but DHCP, ARP and neighbour discovery leaves the WAN side', async () => {
  await lab.gateway.console();
  const bootedAt = performance.now();
  const watchedLongEnough = (): boolean => performance.now() - bootedAt >= SILENT_SECONDS * 1000;
  await until('the WAN side was watched long enough', watchedLongEnough, 2 * SILENT_SECONDS);
  const packets = lab.wanCapture.packets();
  expect(packets.length, 'the capture sees the packets of its own link').toBeGreaterThan(0);
  expect(packets.filter((packet) => packet.scope === 'outward')).toEqual([]);
});

test('A1-A3, C1-C9, G1-G3, G7, T1-T4, T6, T7: a technician reaches a machine behind the real image, and nothing else', async () => {
  cast = await setUp(lab, steps, people);
  await blockDirectPath(lab.network);
  client = await connect(lab, steps, cast);
  await expect(useTheTunnel(lab, steps, cast)).resolves.toBeUndefined();
});

test.each([
  ['and says so', narrowTelling],
  ['without a word', narrowInSilence],
])(
  'K02: on a way that carries no packet above 1300 bytes %s, 5 MB pass both ways, direct and over a relay',
  async (_, narrow) => {
    await expect(withstandNarrowWay(lab, cast, narrow)).resolves.toBeUndefined();
  },
);

test("T2: direct traffic stays in the gateway's kernel: the service stands still and a stream through it goes on", async () => {
  const { plant, office } = lab.network.namespaces;
  const server = await startIperfServer(plant, lab.logDirectory);
  try {
    const stream = bytesEachSecond(office, LAB_ADDRESSES.machine, STREAM_SECONDS);
    await lab.gateway.pauseService();
    const seconds = await stream;
    // The service is stopped within the first seconds; from then on the kernel is alone.
    expect(seconds.slice(PAUSED_AFTER_SECONDS).filter((bytes) => bytes === 0)).toEqual([]);
    expect(seconds.length).toBeGreaterThanOrEqual(STREAM_SECONDS);
  } finally {
    await lab.gateway.resumeService();
    await server.stop();
  }
});

test('T5: kill -9 of the service takes interface and table away, and the session comes back by itself', async () => {
  await lab.gateway.killService();
  await until('interface and table are gone', async () => {
    const { interfaceExists, tableExists } = await lab.gateway.tunnelTraces();
    return !interfaceExists && !tableExists;
  });
  await until('the machine answers again', () => expectMachine(lab).then(() => true), BACK_SECONDS);
});

test('G4, G6, C7, P2: the plant switches off, the connection is cut, and every step is recorded', async () => {
  await switchOff(lab, steps, cast, client);
  await expect(readTheRecords(steps, cast)).resolves.toBeUndefined();
});

test('G4: when the service hangs nothing passes any more once the plant has switched off', async () => {
  await ams.switchOn(cast.plantStaff.page);
  await ams.expectOnline(cast.plantStaff.page);
  client = await connect(lab, steps, cast);
  await expect(withstandHang(lab, cast)).resolves.toBeUndefined();
});
