/**
 * The main story, told once for the image in QEMU and for its tree as a container: a plant lets a technician reach one of its
 * machines, and ends it with one switch.
 */
import { X509Certificate } from 'node:crypto';
import type { Page } from 'playwright-core';
import { blockDirectPath, freeDirectPath } from '../lab/internet-firewall.ts';
import type { Laboratory } from '../lab/laboratory.ts';
import { MACHINE_REGISTERS } from '../lab/machine-registers.ts';
import { MACHINE_NAME } from '../lab/machines.ts';
import { LAB_ADDRESSES, LAB_HOSTS } from '../lab/network.ts';
import { connects, loadPage, readRegisters } from '../lab/reach.ts';
import { Recording } from '../lab/recording.ts';
import { servedCertificate } from '../lab/served-certificate.ts';
import type { Steps } from '../lab/steps.ts';
import type { SupervisedProcess } from '../lab/supervised-process.ts';
import { startTechnician } from '../lab/technician.ts';
import { until } from '../lab/until.ts';
import * as ams from './ams-pages.ts';
import { expectTrue } from './assert-story.ts';
import * as cloud from './cloud-pages.ts';
import { Controller } from './controller.ts';
import { routeIntoTunnel } from './greedy-client.ts';
import { People, type Person } from './people.ts';
import { notPermitted } from './permitted-packets.ts';

const GATEWAY_NAME = 'Plant Essen, hall 2';
export const SESSION_NAME = 'Format change on line 3';
/** A relay's own words, before the first frame (RFC 6455 section 4.2.2). */
const UPGRADED = '101 Switching Protocols';
export const TECHNICIAN = { name: 'Tina Technik', email: 'tina@integrator.example' };

/** Shown the pages at the moments that are worth a look. */
export type Watcher = (scene: string, page: Page) => Promise<void>;
const unwatched: Watcher = () => Promise.resolve();

export interface StoryPeople {
  readonly plantStaff: Person;
  readonly administrator: Person;
  readonly technician: Person;
}

/** @throws StoryError, ConditionError or a time-out of the browser when something is not as the requirements say */
export async function playStory(lab: Laboratory, steps: Steps, watch: Watcher = unwatched): Promise<void> {
  const people = new People(lab);
  try {
    const cast = await setUp(lab, steps, people, watch);
    await blockDirectPath(lab.network);
    const client = await connect(lab, steps, cast, watch);
    try {
      await useTheTunnel(lab, steps, cast, watch);
      await switchOff(lab, steps, cast, client, watch);
    } finally {
      await client.stop();
    }
    await readTheRecords(steps, cast, watch);
  } catch (error) {
    await people.keepPictures(lab.logDirectory);
    throw error;
  } finally {
    await people.close();
  }
}

/** From delivery to a gateway that is online in the cloud (G1, G2, G5, G7, C8). */
export async function setUp(
  lab: Laboratory,
  steps: Steps,
  people: People,
  watch: Watcher = unwatched,
): Promise<StoryPeople> {
  const plantStaff = await steps.step('AMS: compare the fingerprint and set the first password', async () => {
    const { fingerprint, oneTimeCode } = await lab.gateway.console();
    const certificate = await servedCertificate(lab.network.namespaces.plant, LAB_ADDRESSES.ams, 443);
    const served = new X509Certificate(certificate).fingerprint256;
    expectTrue(served === fingerprint, 'the AMS shows the certificate whose fingerprint is on the console', served);
    const person = await people.plantStaff(certificate);
    await ams.setFirstPassword(person.page, `https://${LAB_ADDRESSES.ams}/`, oneTimeCode, person.password, () =>
      watch('ams-first-password', person.page),
    );
    return person;
  });
  await steps.step('AMS: remoteConnect is off as delivered, and the gateway has sent nothing outward', async () => {
    await ams.expectSwitch(plantStaff.page, 'off');
    await watch('ams-off', plantStaff.page);
    expectNothingOutward(lab);
  });
  const administrator = await steps.step('cloud: the first administrator logs in and adds the gateway', async () => {
    const person = await people.inTheOffice();
    const { code, url } = await lab.cloud.firstLogin();
    await cloud.acceptInvitation(person.page, { code, url }, person.password);
    await watch('cloud-empty', person.page);
    const { registrationId, certificate } = await ams.readIdentity(plantStaff.page);
    await cloud.addGateway(person.page, { registrationId, certificate, name: GATEWAY_NAME });
    await cloud.openGateway(person.page, GATEWAY_NAME);
    expectNothingOutward(lab);
    return person;
  });
  await steps.step('AMS: switch on; the service onboards and is online in the cloud', async () => {
    await ams.switchOn(plantStaff.page);
    await ams.expectSwitch(plantStaff.page, 'on');
    await ams.expectOnline(plantStaff.page);
    await administrator.page.getByText('Online', { exact: true }).first().waitFor();
    await watch('ams-on', plantStaff.page);
  });
  await steps.step('cloud: the gateway looks for devices and finds the machine with its services', async () => {
    const services = await cloud.searchForDevices(administrator.page, LAB_ADDRESSES.machine);
    expectTrue(services === 'HTTP (80), Modbus/TCP (502)', 'the machine is found with its open ports', services);
    await watch('cloud-search', administrator.page);
  });
  const technician = await steps.step('cloud: add the machine and the technician, prepare the session', async () => {
    await cloud.addDevice(administrator.page, { name: MACHINE_NAME, address: LAB_ADDRESSES.machine });
    await watch('cloud-gateway', administrator.page);
    const code = await cloud.addUser(administrator.page, TECHNICIAN);
    await cloud.prepareSession(administrator.page, {
      name: SESSION_NAME,
      reason: 'Order 4711',
      device: MACHINE_NAME,
      user: TECHNICIAN.name,
    });
    await watch('cloud-prepared', administrator.page);
    const person = await people.inTheOffice();
    const url = `${lab.cloud.url}/invitation`;
    await cloud.acceptInvitation(person.page, { url, code }, person.password);
    return person;
  });
  return { plantStaff, administrator, technician };
}

/** The technician starts a prepared session and opens the client (C4, C9, T1, T2). */
export async function connect(
  lab: Laboratory,
  steps: Steps,
  { technician, plantStaff }: StoryPeople,
  watch: Watcher = unwatched,
  session = SESSION_NAME,
): Promise<SupervisedProcess> {
  const { office } = lab.network.namespaces;
  await steps.step('technician: the machine cannot be reached without the tunnel', async () => {
    expectTrue(!(await loadPage(office, machinePage())).ok, 'the machine is silent before the tunnel stands');
  });
  return steps.step('technician: start the session and open the client', async () => {
    await cloud.openSession(technician.page, session);
    const link = await cloud.startSession(technician.page);
    await watch('cloud-open-client', technician.page);
    const client = await startTechnician({
      namespace: office,
      link,
      caFile: lab.cloud.caFile,
      logDirectory: lab.logDirectory,
      interfaceName: lab.clientInterface,
    });
    await ams.expectConnected(plantStaff.page, TECHNICIAN.name);
    return client;
  });
}

/**
 * Only what was released can be reached, and only through the tunnel (A2, T6, T7). The direct path was blocked
 * (blockDirectPath) before the session began: it is free after the first step.
 */
export async function useTheTunnel(
  lab: Laboratory,
  steps: Steps,
  { plantStaff, technician }: StoryPeople,
  watch: Watcher = unwatched,
): Promise<void> {
  const { office } = lab.network.namespaces;
  await steps.step('tunnel: over a relay, the page of the machine loads and its registers are read', async () => {
    await ams.expectPath(plantStaff.page, TECHNICIAN.name, 'over a relay');
    await ams.expectRelayReason(plantStaff.page, TECHNICIAN.name);
    await technician.page.getByRole('cell', { name: /^Relay .+\.$/ }).waitFor();
    await expectMachineUnreadOutside(lab);
    const sight = await lab.cloud.relaySight();
    expectTrue(sight.includes(UPGRADED), 'what the relays send is seen without TLS');
    expectTrue(!sight.includes(MACHINE_NAME), 'nothing of it is in clear at the relays');
  });
  await steps.step('tunnel: once the networks let it, the direct path carries the same', async () => {
    await freeDirectPath(lab.network);
    await technician.page.getByRole('cell', { name: 'Direct', exact: true }).waitFor();
    await ams.expectPath(plantStaff.page, TECHNICIAN.name, 'direct');
    await expectMachineUnreadOutside(lab);
    await technician.page.getByText('Active', { exact: true }).first().waitFor();
    await watch('ams-connected', plantStaff.page);
    await watch('cloud-active', technician.page);
  });
  await steps.step('tunnel: an address that is not released stays unreachable, even for a forged client', async () => {
    for (const address of [LAB_ADDRESSES.otherMachine, LAB_ADDRESSES.ams]) {
      await routeIntoTunnel(office, lab.clientInterface, address);
    }
    const other = await connects(office, LAB_ADDRESSES.otherMachine, 80);
    expectTrue(!other.ok, 'the other machine is unreachable', other);
    const gateway = await connects(office, LAB_ADDRESSES.ams, 443);
    expectTrue(!gateway.ok, 'the AMS is unreachable through the tunnel', gateway);
  });
  await steps.step('office: other traffic leaves by its own network', async () => {
    const elsewhere = await loadPage(office, `http://${LAB_HOSTS.elsewhere}/`);
    expectTrue(elsewhere.ok && elsewhere.body === LAB_ADDRESSES.office, 'it comes from the office itself', elsewhere);
  });
}

/** The plant's side, where the packets are in clear, shows that the recording of the internet would see them too. */
async function expectMachineUnreadOutside(lab: Laboratory): Promise<void> {
  const { network, logDirectory } = lab;
  const plant = await Recording.start(network.namespaces.plant, logDirectory);
  const internet = await Recording.start(network.namespaces.internet, logDirectory);
  try {
    await expectMachine(lab);
    await until('the page was seen in the plant', () => plant.holds(MACHINE_NAME));
    expectTrue(!(await internet.holds(MACHINE_NAME)), 'nothing of it is on the internet in clear');
  } finally {
    await internet.stop();
    await plant.stop();
  }
}

/** Switching off ends everything at once, without the cloud (G4). */
export async function switchOff(
  lab: Laboratory,
  steps: Steps,
  { plantStaff, administrator }: StoryPeople,
  client: SupervisedProcess,
  watch: Watcher = unwatched,
): Promise<void> {
  const { office } = lab.network.namespaces;
  const off = async (): Promise<void> => {
    await ams.switchOff(plantStaff.page);
    await ams.expectSwitch(plantStaff.page, 'off');
    expectTrue(!(await loadPage(office, machinePage())).ok, 'the machine is silent again');
    const traces = await lab.gateway.tunnelTraces();
    expectTrue(!traces.interfaceExists && !traces.tableExists, 'interface and table are gone', traces);
    await watch('ams-switched-off', plantStaff.page);
    await cloud.openGateway(administrator.page, GATEWAY_NAME);
    await administrator.page.getByText('Switched off', { exact: true }).first().waitFor();
    await until('the client has ended', () => client.hasEnded);
  };
  const controller = await Controller.start(lab);
  try {
    await steps.step('AMS: switch off; connections are cut, at the machine as well, and the gateway is offline', () =>
      controller.isFreedBy(off),
    );
  } finally {
    await controller.close();
  }
  await steps.step(
    'gateway: it has sent nothing but to the cloud, the relays, STUN servers and the technician',
    async () => {
      const packets = lab.wanCapture.packets();
      expectTrue(
        packets.some(({ scope }) => scope === 'outward'),
        'the capture has seen packets that leave',
      );
      const others = notPermitted(packets);
      expectTrue(others.length === 0, 'every packet is one of those that the manual names', others.slice(0, 5));
    },
  );
}

/** What an auditor wants to see, in the order in which it happened (C7, P2). */
const RECORDED = [
  'gateway-added',
  'service-started',
  'device-added',
  'user-added',
  'session-created',
  'session-started',
  'ticket-redeemed',
  'session-configured',
  'tunnel-connected',
  'flow-opened',
  'flow-refused',
  'session-ended',
  'service-stopped',
];

export async function readTheRecords(
  steps: Steps,
  { administrator }: StoryPeople,
  watch: Watcher = unwatched,
): Promise<void> {
  await steps.step('cloud: history and audit log show every step with who, when and what', async () => {
    const { page } = administrator;
    await cloud.openSession(page, SESSION_NAME);
    await page.getByText('Ended', { exact: true }).first().waitFor();
    await watch('cloud-ended', page);
    await until('every step is in the audit log', async () => {
      const actions = new Set((await cloud.readAuditLog(page)).map((entry) => entry.action));
      const missing = RECORDED.filter((action) => !actions.has(action));
      if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}; there: ${[...actions].join(', ')}`);
      return true;
    });
    const entries = await cloud.readAuditLog(page);
    expectTrue(
      entries.every((entry) => entry.actor !== '' && !Number.isNaN(Date.parse(entry.at))),
      'every entry says who and when',
    );
    const started = entries.find((entry) => entry.action === 'session-started');
    expectTrue(started?.actor.includes(TECHNICIAN.email) === true, 'the technician started the session', started);
    const opened = entries.filter((entry) => entry.action === 'flow-opened').map((entry) => entry.details);
    const modbus = opened.some((details) => details['protocol'] === 'tcp' && details['port'] === 502);
    expectTrue(modbus, 'the reading of the registers is recorded as TCP to port 502', opened);
    await cloud.openAuditLog(page);
    await watch('cloud-audit', page);
  });
}

export async function expectMachine(lab: Laboratory): Promise<void> {
  const { office } = lab.network.namespaces;
  const page = await loadPage(office, machinePage());
  expectTrue(
    page.ok && page.body?.includes(MACHINE_NAME) === true,
    "the machine's page loads through the tunnel",
    page,
  );
  const registers = await readRegisters(office, LAB_ADDRESSES.machine);
  const isRead = registers.ok && JSON.stringify(registers.registers) === JSON.stringify(MACHINE_REGISTERS);
  expectTrue(isRead, 'the registers of the machine are read through the tunnel', registers);
}

function expectNothingOutward(lab: Laboratory): void {
  const outward = lab.wanCapture.packets().filter((packet) => packet.scope === 'outward');
  expectTrue(outward.length === 0, 'the gateway has sent nothing outward', outward.slice(0, 5));
}

function machinePage(): string {
  return `http://${LAB_ADDRESSES.machine}/`;
}
