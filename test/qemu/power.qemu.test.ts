/**
 * Power cuts at random moments: kill -9 of QEMU, a boot from the same disk whose power is cut once more, then a whole boot and a look at
 * everything that had been acknowledged. `POWER_CUTS` says how many cuts there are, `POWER_SEED` repeats the moments of a run.
 *
 * What it proves: what was acknowledged had been flushed by the guest. Each life writes to a new layer of the disk, and what QEMU has not
 * been told to flush of the layer's map dies with it (VirtualGateway.powerCycle). What it cannot prove: that a real disk keeps what it was
 * told to flush, and what becomes of a block that loses its power while it is written. Blocks that were flushed once and are written again
 * without a flush survive here in the host's page cache, as on a disk that was lucky.
 */
import { createHash, randomBytes, randomInt, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditEntry } from '@edgegateway/cloud-stub/api/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Laboratory, startLaboratory } from '../lab/laboratory.ts';
import { AmsRefusal, PlantAms } from '../lab/plant-ams.ts';
import { Steps } from '../lab/steps.ts';
import { until } from '../lab/until.ts';
import { isVirtual, type VirtualGateway } from '../lab/virtual-gateway.ts';
import { acceptInvitation, addGateway, readAuditLog } from '../story/cloud-pages.ts';
import { People, type Person } from '../story/people.ts';

const MOMENTS = ['switching on', 'online', 'switching off', 'changing the password'] as const;
type Moment = (typeof MOMENTS)[number];

const CUTS = Number(env['POWER_CUTS'] ?? 4);
const SEED = Number(env['POWER_SEED'] ?? randomInt(2 ** 31));
/**
 * In each round the power is cut in its moment, and in the boot that follows. The first one follows the first password; the seed says
 * with which moment the others begin.
 */
const ROUNDS = Array.from({ length: CUTS / 2 - 1 }, (_, round) => ({
  round: round + 2,
  moment: MOMENTS[(SEED + round) % MOMENTS.length] ?? 'online',
}));

/** The span of which the moment is chosen: about what it takes on an idle computer. */
const SECONDS: Readonly<Record<Moment, number>> = {
  'switching on': 15,
  online: 5,
  'switching off': 10,
  'changing the password': 4,
};
const BOOT_SECONDS = 840;
const SETTLE_SECONDS = 600;
const ONLINE_SECONDS = 180;

const steps = new Steps((line) => console.log(line));

let lab: Laboratory;
let people: People;
let administrator: Person;
let gateway: VirtualGateway;
/** Ends what is under way when the power goes. */
let life = new AbortController();
let ams: PlantAms;
/** Its machine id, keys and certificates, hashed. */
let identity: readonly string[];
let fingerprint: string;
let bootSeconds = 40;

/** What holds after a cut: what was acknowledged, or what was asked for and not answered yet. */
let passwords: readonly string[] = [];
let positions: readonly ('on' | 'off')[] = ['off'];
/** Starts and stops of the service that were told to be done: so many events have been stored. */
const stored = { 'service-started': 0, 'service-stopped': 0 };

beforeAll(async () => {
  const directory = join(import.meta.dirname, '../../build/lab-power');
  lab = await startLaboratory({ prefix: 'po', gateway: 'virtual-machine', directory, steps });
  if (!isVirtual(lab.gateway)) throw new Error('The laboratory has another gateway than was asked for.');
  gateway = lab.gateway;
  ams = visitor();
  identity = await gateway.agent.ask('identity');
  fingerprint = (await gateway.console()).fingerprint;
  people = new People(lab);
  administrator = await people.inTheOffice();
  await acceptInvitation(administrator.page, await lab.cloud.firstLogin(), administrator.password);
  const certificate = (await gateway.agent.ask('device-certificate')).join('\n');
  const registrationId = new X509Certificate(certificate).subject.replace('CN=', '');
  await addGateway(administrator.page, { registrationId, certificate, name: 'Plant Essen' });
});

afterAll(async () => {
  life.abort();
  await people?.close();
  await gateway?.close();
  await lab?.close();
});

function visitor(): PlantAms {
  return new PlantAms(lab.network.namespaces.plant, life.signal);
}

/** 0 <= fraction < 1, the same for the same seed. */
function fraction(name: string): number {
  return createHash('sha256').update(`${SEED} ${name}`).digest().readUInt32BE() / 2 ** 32;
}

async function powerCycle(): Promise<void> {
  console.log('the power is cut ...');
  life.abort();
  gateway = await gateway.powerCycle();
  life = new AbortController();
  ams = visitor();
}

/** The power goes at a moment of the request's time, or right after its answer. */
async function cutDuring(request: Promise<unknown>, round: number, seconds: number): Promise<void> {
  request.catch(() => undefined);
  await Promise.race([request, pause(fraction(`moment ${round}`) * seconds * 1000)]);
  await powerCycle();
}

async function heard(request: Promise<unknown>, acknowledged: () => void): Promise<void> {
  await request;
  acknowledged();
}

async function beSwitchedOn(): Promise<void> {
  if ((await ams.overview()).remoteConnect.state === 'on') return;
  await ams.switchOn();
  positions = ['on'];
  stored['service-started'] += 1;
}

async function untilOnline(): Promise<void> {
  await until(
    'the gateway is online',
    async () => (await ams.overview()).service?.cloud.state === 'online',
    ONLINE_SECONDS,
  );
}

const CUT_WHILE: Readonly<Record<Moment, (round: number, seconds: number) => Promise<void>>> = {
  async 'switching on'(round, seconds) {
    await gateway.machine.setCable('wan', false);
    positions = ['off', 'on'];
    const answer = heard(ams.switchOn(), () => {
      positions = ['on'];
      stored['service-started'] += 1;
    });
    await cutDuring(answer, round, seconds);
  },
  async online(round, seconds) {
    await beSwitchedOn();
    await untilOnline();
    await cutDuring(new Promise(() => undefined), round, seconds);
  },
  async 'switching off'(round, seconds) {
    await beSwitchedOn();
    await gateway.machine.setCable('wan', false);
    positions = ['off', 'on'];
    const answer = heard(ams.switchOff(), () => {
      positions = ['off'];
      stored['service-stopped'] += 1;
    });
    await cutDuring(answer, round, seconds);
  },
  async 'changing the password'(round, seconds) {
    const [present = ''] = passwords;
    const next = newPassword();
    passwords = [present, next];
    const answer = heard(ams.changePassword(present, next), () => {
      passwords = [next];
    });
    await cutDuring(answer, round, seconds);
  },
};

function newPassword(): string {
  return randomBytes(12).toString('base64url');
}

/** A boot whose power is cut, and another one. */
async function bootTwice(round: number): Promise<void> {
  await pause(fraction(`boot ${round}`) * bootSeconds * 1000);
  await powerCycle();
  const from = performance.now();
  await gateway.untilUp();
  await ams.access();
  bootSeconds = (performance.now() - from) / 1000;
  console.log(`the AMS answers ${bootSeconds.toFixed(0)} s after power`);
}

/** Everything is as it was acknowledged, and nothing has failed. Logs in. */
async function expectSound(): Promise<void> {
  expect(ams.fingerprint, 'the certificate of the AMS').toBe(fingerprint);
  await logIn();
  const position = await until(
    'the switch is in one position',
    async () => {
      const { state } = (await ams.overview()).remoteConnect;
      return state === 'on' || state === 'off' ? state : undefined;
    },
    ONLINE_SECONDS,
  );
  expect(positions, 'the position of the switch').toContain(position);
  positions = [position];
  if (position === 'on') stored['service-started'] += 1;
  await gateway.agent.untilAwake(BOOT_SECONDS);
  await gateway.agent.ask('settled', SETTLE_SECONDS);
  expect(await gateway.agent.ask('failed-units')).toEqual([]);
  expect(await gateway.agent.ask('identity')).toEqual(identity);
}

/** With the password that was acknowledged, or with the one that was asked for and may have been stored. */
async function logIn(): Promise<void> {
  for (const password of passwords) {
    if (await opens(password)) {
      passwords = [password];
      return;
    }
  }
  throw new Error('No password opens the AMS.');
}

async function opens(password: string): Promise<boolean> {
  try {
    await ams.logIn(password);
    return true;
  } catch (error) {
    if (error instanceof AmsRefusal && error.code === 'password-wrong') return false;
    throw error;
  }
}

test(`G1: the first password stays when the power goes right after its answer (seed ${SEED})`, async () => {
  passwords = [newPassword()];
  await ams.setFirstPassword((await gateway.console()).oneTimeCode, passwords[0] ?? '');
  await powerCycle();
  await bootTwice(1);
  await expectSound();
});

test.each(ROUNDS)(
  'G1, G3, G4: a cut while $moment, and one in the boot after it, lose nothing that was acknowledged (round $round)',
  async ({ round, moment }) => {
    await CUT_WHILE[moment](round, SECONDS[moment]);
    await bootTwice(round);
    await expectSound();
  },
);

test('P2: every event that was stored before a cut is in the audit log of the cloud, once and in order', async () => {
  await beSwitchedOn();
  await untilOnline();
  const events = await until('all events have arrived', async () => {
    const list = await gatewayEvents();
    const missing = Object.entries(stored).filter(
      ([action, count]) => list.filter((event) => event.action === action).length < count,
    );
    if (missing.length > 0) throw new Error(`too few: ${JSON.stringify(missing)}`);
    return list;
  });
  expect(new Set(events.map(({ details }) => details['log'])).size, 'one queue from the first boot on').toBe(1);
  expect(events.map(({ details }) => details['sequence'])).toEqual(events.map((_event, index) => index + 1));
});

/** Those that the gateway has numbered, the oldest first. */
async function gatewayEvents(): Promise<AuditEntry[]> {
  const entries = await readAuditLog(administrator.page);
  return entries.filter(({ details }) => typeof details['sequence'] === 'number').toReversed();
}
