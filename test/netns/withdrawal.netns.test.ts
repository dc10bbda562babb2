/** What is left of connections when their release is taken back, at a machine that has places for two. */
import { kill } from 'node:process';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { probePorts } from '../lab/port-probe.ts';
import { until } from '../lab/until.ts';
import { loadImageFirewall } from './image-firewall.ts';
import { CLIENT_ADDRESS, TunnelFixture } from './tunnel-fixture.ts';

const { machine, otherMachine, ams } = LAB_ADDRESSES;
const RELAYS: RelayEndpoint[] = [{ name: 'relay0', region: 'c-us', host: LAB_ADDRESSES.relays[0], port: 443 }];
const SLOTS = 2000;
const MODBUS = 502;
/** Under which the client reaches the machine as well. */
const MAPPED = '100.112.0.1';
const CONTROLLER = { address: machine, protocol: 'tcp', port: SLOTS } as const;
const STAYING = { address: otherMachine, protocol: 'tcp', port: MODBUS } as const;
const TRANSLATIONS = [{ address: machine, mapped: MAPPED }];

const CLIENTS = [machine, MAPPED, otherMachine];

const ACCEPTED_CLIENT = new RegExp(`^accepted ${ams}$`);
const RESET_CLIENT = new RegExp(`^ended ${ams} ECONNRESET$`);
const ACCEPTED_NEIGHBOUR = new RegExp(`^accepted ${machine}$`);
const REFUSED_NEIGHBOUR = new RegExp(`^refused ${machine}$`);
const isEnd = (line: string) => line.startsWith('ended ');

let tunnel: TunnelFixture;
let controllerPid: number;

beforeAll(async () => {
  tunnel = await TunnelFixture.create('wdr');
  const { gateway, plant } = tunnel.network.namespaces;
  await loadImageFirewall(gateway);
  await tunnel.startMachines();
  controllerPid = await tunnel.startProgram('controller', plant, 'slots-program.ts', [machine, String(SLOTS)]);
  for (const relay of RELAYS) await tunnel.startRelay(relay);
  await tunnel.startGateway(RELAYS, [CONTROLLER, STAYING]);
  await tunnel.changeGateway(RELAYS, [CONTROLLER, STAYING], TRANSLATIONS);
  await tunnel.startClient(RELAYS, CLIENTS);
});

afterAll(() => tunnel?.close());

const inGateway = (...command: string[]) =>
  runCommand('ip', ['netns', 'exec', tunnel.network.namespaces.gateway, ...command]);
const atController = (pattern: RegExp) => tunnel.linesOf('controller').filter((line) => pattern.test(line)).length;
const untilAtController = (pattern: RegExp, count: number) =>
  until(`the controller says ${pattern} ${count} times`, () => atController(pattern) >= count);
/** Of the client's connections, as the gateway's kernel knows them. */
const tracked = async () => {
  const list = await inGateway('conntrack', '--dump', '--orig-src', CLIENT_ADDRESS);
  return list.split('\n').filter((line) => line !== '');
};

/** Two connections that hold both places, and one to another machine; nothing is said on any of them. */
async function openConnections(): Promise<void> {
  await tunnel.stop('pc');
  const before = atController(ACCEPTED_CLIENT);
  const targets = [`${machine}:${SLOTS}`, `${MAPPED}:${SLOTS}`, `${otherMachine}:${MODBUS}`];
  await tunnel.startProgram('pc', tunnel.network.namespaces.office, 'idle-connections-program.ts', targets);
  await untilAtController(ACCEPTED_CLIENT, before + 2);
}

/** Somebody else at the plant opens a connection to the controller. */
async function neighbourConnects(): Promise<void> {
  await tunnel.stop('neighbour');
  const { plant } = tunnel.network.namespaces;
  await tunnel.startProgram('neighbour', plant, 'idle-connections-program.ts', [`${machine}:${SLOTS}`]);
}

test('T6: a controller whose two places a session holds refuses a third', async () => {
  await openConnections();
  await neighbourConnects();
  await untilAtController(REFUSED_NEIGHBOUR, 1);
  expect(await tracked()).toHaveLength(3);
});

test('T6: a withdrawn address frees both places at the machine at once, though nobody sends anything', async () => {
  await tunnel.changeGateway(RELAYS, [STAYING]);
  await untilAtController(RESET_CLIENT, 2);
  await neighbourConnects();
  await untilAtController(ACCEPTED_NEIGHBOUR, 1);
  // Nothing was opened anew on the way, and nothing but the withdrawn connections has ended.
  expect(atController(ACCEPTED_CLIENT)).toBe(2);
  expect(await tracked()).toEqual([expect.stringContaining(` dst=${otherMachine} `)]);
  expect(tunnel.linesOf('pc').filter(isEnd)).toEqual([]);
});

test('T6, T7: at the computer of the technician its programs are told too, and the connection that stays released stays', async () => {
  await tunnel.changeClient(RELAYS, [otherMachine]);
  await until('both connections have failed', () => tunnel.linesOf('pc').filter(isEnd).length >= 2);
  expect(tunnel.linesOf('pc').filter(isEnd).toSorted()).toEqual([
    `ended ${MAPPED}:${SLOTS} ECONNABORTED`,
    `ended ${machine}:${SLOTS} ECONNABORTED`,
  ]);
  expect(await tracked()).toEqual([expect.stringContaining(' ESTABLISHED ')]);
});

test('G4: an orderly stop of the gateway frees both places, and leaves nothing in conntrack', async () => {
  await tunnel.stop('neighbour');
  await tunnel.changeClient(RELAYS, CLIENTS);
  await tunnel.changeGateway(RELAYS, [CONTROLLER, STAYING], TRANSLATIONS);
  await openConnections();
  const before = atController(RESET_CLIENT);
  await tunnel.stop('gateway');
  await untilAtController(RESET_CLIENT, before + 2);
  expect(await tracked()).toEqual([]);
  expect(await inGateway('nft', 'list', 'set', 'inet', 'edgegateway', 'reset_flows')).not.toContain('elements');
});

test('G4: a machine that speaks on a connection that neither the service nor conntrack has any more hears that it is gone', async () => {
  await tunnel.startGateway(RELAYS, [CONTROLLER, STAYING]);
  await tunnel.changeGateway(RELAYS, [CONTROLLER, STAYING], TRANSLATIONS);
  await openConnections();
  const before = atController(RESET_CLIENT);
  tunnel.kill('gateway');
  await tunnel.stop('gateway');
  await inGateway('conntrack', '--delete', '--orig-src', CLIENT_ADDRESS);
  kill(controllerPid, 'SIGUSR1');
  await untilAtController(RESET_CLIENT, before + 2);
});

test('G5: who knocks at the gateway from the plant hears of no port but that of the AMS', async () => {
  const answers = await probePorts(tunnel.network.namespaces.plant, ams, ['1-200', '443', '502', String(SLOTS)]);
  // In this namespace no AMS listens behind its port.
  expect(answers).toEqual({ open: [], refused: [443] });
});
