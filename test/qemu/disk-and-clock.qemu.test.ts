/** What a technician must never have to repair on site: a full disk and a wrong clock, while a session runs on the real image. */
import { X509Certificate } from 'node:crypto';
import { WITHOUT_HISTORY } from '@edgegateway/image/builder/source-date';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Laboratory } from '../lab/laboratory.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { PlantAms } from '../lab/plant-ams.ts';
import { servedCertificate } from '../lab/served-certificate.ts';
import { until } from '../lab/until.ts';
import { isVirtual, type VirtualGateway } from '../lab/virtual-gateway.ts';
import { openGateway, readAuditLog, searchForDevices } from '../story/cloud-pages.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';
import { expectMachine, type StoryPeople } from '../story/story.ts';

const DAY = 24 * 60 * 60;
const BACK_SECONDS = 300;
/** As the story names it. */
const GATEWAY_NAME = 'Plant Essen, hall 2';

let laboratory: ConnectedLaboratory;
let lab: Laboratory;
let cast: StoryPeople;
let gateway: VirtualGateway;
let ams: PlantAms;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-disk-and-clock', 'dc', 'virtual-machine');
  ({ lab, cast } = laboratory);
  if (!isVirtual(lab.gateway)) throw new Error('The laboratory has another gateway than was asked for.');
  gateway = lab.gateway;
  await untilTheMachineAnswers();
  ams = new PlantAms(lab.network.namespaces.plant);
  await ams.logIn(cast.plantStaff.password);
});

afterAll(async () => {
  await gateway?.close();
  await laboratory?.close();
});

async function untilTheMachineAnswers(): Promise<void> {
  await until('the machine answers through the tunnel', () => expectMachine(lab).then(() => true), BACK_SECONDS);
}

async function setClock(seconds: number): Promise<void> {
  await gateway.agent.ask(`clock ${seconds}`);
}

/** A question to the gateway over its connection to the cloud, and its answer. */
async function askOverTheCloud(): Promise<void> {
  const { page } = cast.administrator;
  const before = await recorded('plant-scanned');
  await openGateway(page, GATEWAY_NAME);
  // It stays a find: the story adds the other one.
  await searchForDevices(page, LAB_ADDRESSES.otherMachine);
  await until('the gateway has answered', async () => (await recorded('plant-scanned')) > before, BACK_SECONDS);
}

async function recorded(action: string): Promise<number> {
  const entries = await readAuditLog(cast.administrator.page);
  return entries.filter((entry) => entry.action === action).length;
}

async function untilOnline(): Promise<void> {
  await until(
    'the gateway is online',
    async () => (await ams.overview()).service?.cloud.state === 'online',
    BACK_SECONDS,
  );
}

describe('K61: a clock that is set', () => {
  afterEach(() => setClock(Date.now() / 1000));

  test.each([
    ['back', -DAY],
    ['forward', DAY],
  ])('%s by a day changes nothing: connection to the cloud, tunnel and session go on', async (_direction, seconds) => {
    const before = await recorded('gateway-connected');
    await setClock(Date.now() / 1000 + seconds);
    await askOverTheCloud();
    await expectMachine(lab);
    const { connections: sessions } = (await ams.overview()).service ?? {};
    expect(sessions?.map(({ state }) => state)).toEqual(['connected']);
    await setClock(Date.now() / 1000);
    await askOverTheCloud();
    await expectMachine(lab);
    expect(await recorded('gateway-connected')).toBeLessThanOrEqual(before + 1);
  });
});

describe('a full disk', () => {
  test('G1, G4: lets the plant log in and switch off, and says why nothing else can be changed', async () => {
    expect((await gateway.agent.ask('fill-disk')).map(Number)).toEqual([0]);
    const { password } = cast.plantStaff;
    await ams.logIn(password);
    const { remoteConnect } = await ams.switchOff();
    expect(remoteConnect.state).toBe('off');
    expect(await gateway.tunnelTraces()).toEqual({ interfaceExists: false, tableExists: false });
    // What switching off has freed.
    expect((await gateway.agent.ask('fill-disk')).map(Number)).toEqual([0]);
    await expect(ams.switchOn()).rejects.toMatchObject({ code: 'storage-full' });
    await expect(ams.changePassword(password, `${password}-new`)).rejects.toMatchObject({ code: 'storage-full' });
    await ams.logIn(password);
  });

  test('K61: does not keep a gateway from booting, whose clock has lost its battery at that', async () => {
    gateway = await gateway.powerCycle({ clock: '2001-01-01' });
    ams = new PlantAms(lab.network.namespaces.plant);
    await gateway.untilUp();
    await ams.logIn(cast.plantStaff.password);
    expect((await ams.overview()).remoteConnect.state).toBe('off');
    await gateway.agent.untilAwake();
    expect(await gateway.agent.ask('failed-units')).toEqual([]);
  });

  test('K61: the clock of that boot starts no earlier than the software, and the AMS has a certificate of that time', async () => {
    const [now = 0, software = 0] = (await gateway.agent.ask('time')).map(Number);
    expect(software).toBeGreaterThan(WITHOUT_HISTORY);
    expect(now).toBeGreaterThanOrEqual(software);
    const certificate = new X509Certificate(
      await servedCertificate(lab.network.namespaces.plant, LAB_ADDRESSES.ams, 443),
    );
    expect(certificate.validFromDate.getTime()).toBeLessThan(now * 1000);
    expect(certificate.validToDate.getTime()).toBeGreaterThan(now * 1000);
  });

  test('P2: leaves no trace once there is room again: the service comes back, and no event is lost', async () => {
    await setClock(Date.now() / 1000);
    await gateway.agent.ask('free-disk');
    await ams.logIn(cast.plantStaff.password);
    await ams.switchOn();
    await untilOnline();
    const numbers = await gatewayNumbers();
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
  });

  test('G6: keeps a service from starting only as long as it lasts', async () => {
    await gateway.agent.ask('fill-disk');
    await gateway.killService();
    await until('the service cannot start', async () => (await ams.overview()).remoteConnect.state !== 'on');
    await gateway.agent.ask('free-disk');
    await untilOnline();
  });
});

/** The numbers that the gateway has given its events, the oldest first. */
async function gatewayNumbers(): Promise<unknown[]> {
  const entries = await readAuditLog(cast.administrator.page);
  return entries
    .filter(({ actor, details }) => actor.startsWith('gateway ') && details['sequence'] !== undefined)
    .map(({ details }) => details['sequence'])
    .toReversed();
}
