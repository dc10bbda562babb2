/**
 * A session's life in the namespace laboratory, as its people see it: from the press on "Start session" to the first
 * answer of the machine, with its parts, and from the plant's switch to the last packet that reaches the machine.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { AuditEntry } from '@edgegateway/cloud-stub/api/contract';
import { timestamp } from '@edgegateway/protocol/wire-values';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { BUNDLED } from '../lab/bundled-programs.ts';
import { type Laboratory, startLaboratory } from '../lab/laboratory.ts';
import { MACHINE_NAME } from '../lab/machines.ts';
import { processesOf } from '../lab/namespace-processes.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { PacketCapture } from '../lab/packet-capture.ts';
import { Steps } from '../lab/steps.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { clientCommand } from '../lab/technician.ts';
import { until } from '../lab/until.ts';
import * as ams from '../story/ams-pages.ts';
import * as cloud from '../story/cloud-pages.ts';
import { People } from '../story/people.ts';
import { type StoryPeople, setUp, TECHNICIAN } from '../story/story.ts';
import type { Bench } from './bench.ts';
import { mediansOf } from './measure.ts';
import { residentMemoryOf } from './resident-memory.ts';
import { momentOfPacket } from './time-of-day.ts';

const RUNS = 3;

/** Seconds between two packets while the switch is pressed: how exactly the last one is known. */
const PING_SECONDS = 0.002;

const SWITCH_OFF = 'switch off -> last packet at the machine';

export const sessionBench: Bench = {
  name: 'session',
  async run(directory) {
    const steps = new Steps(() => undefined);
    const lab = await startLaboratory({ prefix: 'bl', gateway: 'programs', directory, steps });
    const people = new People(lab);
    try {
      const cast = await setUp(lab, steps, people);
      const starts: Record<string, number>[] = [];
      const stops: Record<string, number>[] = [];
      const memory: Record<string, number>[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const { parts, client } = await start(lab, cast);
        starts.push(parts);
        memory.push({ "memory of the gateway's service, one session": await serviceMemory(lab) });
        stops.push({ [SWITCH_OFF]: await switchOff(lab, cast) });
        await until('the client has ended', () => client.hasEnded);
        await client.stop();
        await ams.switchOn(cast.plantStaff.page);
        await ams.expectOnline(cast.plantStaff.page);
      }
      return [
        ...mediansOf('session', 's', starts),
        ...mediansOf('session', 's', stops),
        ...mediansOf('session', 'MB', memory),
      ];
    } finally {
      await people.close();
      await lab.close();
    }
  },
};

/** Seconds from the press to each part. */
async function start(lab: Laboratory, { administrator, technician }: StoryPeople) {
  const name = `Measurement ${randomUUID().slice(0, 8)}`;
  const session = { name, reason: 'Benchmark', device: MACHINE_NAME, user: TECHNICIAN.name };
  await cloud.prepareSession(administrator.page, session);
  await cloud.openSession(technician.page, name);
  const answer = Promise.withResolvers<number>();
  const probe = await SupervisedProcess.start({
    name: 'first-answer',
    command: 'ip',
    argv: [
      ...['netns', 'exec', lab.network.namespaces.office, execPath],
      ...[join(import.meta.dirname, 'first-answer-program.ts'), LAB_ADDRESSES.machine, '80'],
    ],
    readyWhen: /^ready/,
    logDirectory: lab.logDirectory,
    onLine: (line) => {
      if (line.startsWith('answered ')) answer.resolve(Number(line.split(' ')[1]));
    },
  });
  const pressed = nextClick(technician.page);
  const link = await cloud.startSession(technician.page);
  const linkShown = Date.now();
  const saidFirst = new Map<string, number>();
  const client = await SupervisedProcess.start({
    ...clientCommand({
      namespace: lab.network.namespaces.office,
      link,
      caFile: lab.cloud.caFile,
      interfaceName: lab.clientInterface,
    }),
    name: 'technician',
    readyWhen: /^connected to /,
    logDirectory: lab.logDirectory,
    onLine: (line) => {
      for (const [part, pattern] of CLIENT_SAYS)
        if (pattern.test(line) && !saidFirst.has(part)) saidFirst.set(part, Date.now());
    },
  });
  const answered = await answer.promise;
  await probe.stop();
  const recorded = await until('the session is in the audit log', async () => {
    const entries = await cloud.readAuditLog(administrator.page);
    const started = entries.find((entry) => entry.action === 'session-started');
    const ofSession = entries.filter((entry) => entry.sessionId === started?.sessionId);
    return ofSession.some((entry) => entry.action === 'session-configured') && ofSession;
  });
  const moments: [string, number | undefined][] = [
    ['start -> the link to the client is shown', linkShown],
    ['start -> ticket redeemed', momentOf(recorded, 'ticket-redeemed')],
    ['start -> configuration at the gateway', momentOf(recorded, 'session-configured')],
    ...CLIENT_SAYS.map(([part]): [string, number | undefined] => [part, saidFirst.get(part)]),
    ['start -> first answer of the machine', answered],
  ];
  const zero = await pressed;
  const parts: Record<string, number> = {};
  for (const [part, moment] of moments) if (moment !== undefined) parts[part] = (moment - zero) / 1000;
  return { parts, client };
}

const CLIENT_SAYS: readonly (readonly [string, RegExp])[] = [
  ['start -> relay met', /The relay in use has changed/],
  ['start -> handshake done', /^connected to /],
];

async function serviceMemory(lab: Laboratory): Promise<number> {
  for (const pid of await processesOf(lab.network.namespaces.gateway)) {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    if (command[1] === BUNDLED.remoteconnect) return residentMemoryOf(pid);
  }
  throw new Error("the gateway's service does not run");
}

/** Seconds from the press to the last packet that the machine gets. */
async function switchOff(lab: Laboratory, { plantStaff }: StoryPeople): Promise<number> {
  const { office, plant } = lab.network.namespaces;
  const ping = await SupervisedProcess.start({
    name: 'ping',
    command: 'ip',
    argv: ['netns', 'exec', office, 'ping', '-i', String(PING_SECONDS), LAB_ADDRESSES.machine],
    readyWhen: /bytes from/,
    logDirectory: lab.logDirectory,
  });
  const capture = await PacketCapture.start(plant, 'eth0', 'in');
  const pressed = nextClick(plantStaff.page);
  await ams.switchOff(plantStaff.page);
  await ping.stop();
  await capture.stop();
  const zero = await pressed;
  const last = capture.packets().findLast(({ text }) => text.includes('ICMP echo request'));
  if (last === undefined) throw new Error('no packet has reached the machine');
  return (momentOfPacket(last.text, zero) - zero) / 1000;
}

/** Milliseconds since 1970 of the next click in the page, by the page's own clock: that of this machine. */
async function nextClick(page: Page): Promise<number> {
  const seen = `new Promise((tell) => addEventListener('click', () => tell(Date.now()), { capture: true, once: true }))`;
  return z.number().parse(await page.evaluate(seen));
}

/** When it happened, by the clock of the one who tells it. */
function momentOf(entries: readonly AuditEntry[], action: string): number | undefined {
  const entry = entries.findLast((one) => one.action === action);
  if (entry === undefined) return undefined;
  const occurredAt = timestamp.safeParse(entry.details['occurredAt']);
  return Date.parse(occurredAt.success ? occurredAt.data : entry.at);
}
