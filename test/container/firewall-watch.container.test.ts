/** The base firewall and who watches over it, on a gateway as delivered (G5). */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Container } from '../lab/container/container.ts';
import { probePorts } from '../lab/port-probe.ts';
import { until } from '../lab/until.ts';
import { answersPing, wanAddressOf } from '../lab/wan-side.ts';
import { type BootedGateway, bootGateway } from './booted-gateway.ts';

const WATCH = 'edgegateway-firewall-watch.service';
const WARNING = 'Somebody else has removed the firewall. It has been put back.';
/** Tenths of the scale of systemd-analyze(1), as for the other helpers. */
const EXPOSURE_LIMIT = '40';

let booted: BootedGateway;
let container: Container;
let wanAddress: string;

beforeAll(async () => {
  booted = await bootGateway('fw');
  container = booted.gateway.container;
  wanAddress = await wanAddressOf(booted.network);
});

afterAll(() => booted?.close());

beforeEach(() => untilBaseIsThere());

const ruleset = () => container.run(['nft', 'list', 'ruleset']);
const untilBaseIsThere = () =>
  until('the base firewall is there', () => container.succeeds(['nft', 'list', 'table', 'inet', 'edgegateway']));

async function warnings(): Promise<string[]> {
  const journal = ['journalctl', '--output=cat', '--priority=warning', `--unit=${WATCH}`];
  return (await container.run(journal)).split('\n').filter((line) => line !== '');
}

test('G5: a firewall that somebody flushes is back by itself, whole, and the WAN side answers nothing', async () => {
  const before = await ruleset();
  await container.run(['nft', 'flush', 'ruleset']);
  await untilBaseIsThere();
  expect(await ruleset()).toBe(before);
  expect(await answersPing(booted.network, wanAddress)).toBe(false);
  const silent = { open: [], refused: [] };
  expect(await probePorts(booted.network.namespaces.internet, wanAddress, ['22', '443', '40000/udp'])).toEqual(silent);
});

test('G5: so is a table that somebody deletes, and each removal is told with one warning', async () => {
  const before = (await warnings()).length;
  for (const removal of ['flush ruleset', 'delete table inet edgegateway']) {
    await container.run(['nft', removal]);
    await untilBaseIsThere();
  }
  await until('both removals are told', async () => (await warnings()).length >= before + 2);
  expect((await warnings()).slice(before)).toEqual([WARNING, WARNING]);
});

test('the firewall that systemd loads anew is nobody else’s removal', async () => {
  const before = await warnings();
  await container.run(['systemctl', 'reload', 'edgegateway-firewall.service']);
  await container.run(['nft', 'delete', 'table', 'inet', 'edgegateway']);
  await until('a removal after it is told', async () => (await warnings()).length > before.length);
  expect(await warnings()).toHaveLength(before.length + 1);
});

test('G5: who watches is started again when it is killed, and so is what tells it', async () => {
  const starts = async () =>
    Number((await container.run(['systemctl', 'show', '--value', '--property=NRestarts', WATCH])).trim());
  for (const whom of ['--kill-whom=main', '--kill-whom=all']) {
    const before = await starts();
    await container.run(['systemctl', 'kill', whom, '--signal=SIGKILL', WATCH]);
    await until(
      'it runs again',
      async () => (await starts()) > before && (await container.succeeds(['systemctl', 'is-active', WATCH])),
    );
  }
  await container.run(['nft', 'flush', 'ruleset']);
  await untilBaseIsThere();
});

test('who watches has no rights but that over the network, and is exposed no more than other helpers', async () => {
  const pid = (await container.run(['systemctl', 'show', '--value', '--property=MainPID', WATCH])).trim();
  const status = await container.read(`/proc/${pid}/status`);
  // CAP_NET_ADMIN is capability 12 (linux/capability.h).
  expect(status).toMatch(/^CapBnd:\t0000000000001000$/m);
  expect(status).not.toMatch(/^Uid:\t0\b/m);
  await container.run(['systemd-analyze', 'security', '--no-pager', `--threshold=${EXPOSURE_LIMIT}`, WATCH]);
});
