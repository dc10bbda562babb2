import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { killProcessesOf, processesOf } from '../lab/namespace-processes.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';

const NAMESPACE = 'nm-computer';
const OWN_INTERFACE = 'nm-tunnel';
const PROGRAM = join(import.meta.dirname, 'network-monitor-program.ts');

const ip = (...argv: string[]) => runCommand('ip', ['-n', NAMESPACE, ...argv]);
const isChange = (line: string) => line === 'changed';

interface Monitor {
  readonly process: SupervisedProcess;
  readonly lines: readonly string[];
}

let logDirectory: string;
let monitors: Monitor[] = [];

async function startMonitor(name: string, ignoredInterface: string): Promise<Monitor> {
  const lines: string[] = [];
  const process = await SupervisedProcess.start({
    name,
    command: 'ip',
    argv: ['netns', 'exec', NAMESPACE, execPath, PROGRAM, ignoredInterface],
    readyWhen: /^ready$/,
    logDirectory,
    onLine: (line) => lines.push(line),
  });
  const monitor = { process, lines };
  monitors.push(monitor);
  await until('it listens', async () => (await listeners()).length >= monitors.length);
  return monitor;
}

/** Process ids in the namespace that have joined groups of rtnetlink(7). */
async function listeners(): Promise<number[]> {
  const joined = (await processesOf(NAMESPACE)).map(async (pid) => {
    const rows = (await readFile(`/proc/${pid}/net/netlink`, 'utf8')).split('\n').map((row) => row.trim().split(/ +/));
    return rows.some(([, , owner, groups = '']) => owner === String(pid) && Number.parseInt(groups, 16) > 0)
      ? [pid]
      : [];
  });
  return (await Promise.all(joined)).flat();
}

/** Fulfilled once the monitor has told something that it had not told before `change`. */
async function untilTold({ lines }: Monitor, change: () => Promise<unknown>): Promise<void> {
  const before = lines.filter(isChange).length;
  await change();
  await until('the change is told', () => lines.filter(isChange).length > before);
}

beforeAll(async () => {
  logDirectory = await mkdtemp(join(tmpdir(), 'network-monitor-'));
});

afterAll(() => rm(logDirectory, { recursive: true }));

beforeEach(async () => {
  monitors = [];
  await runCommand('ip', ['netns', 'add', NAMESPACE]);
  // IPv6 looks for doubles for a while after each change, and tells it.
  await runCommand('ip', ['netns', 'exec', NAMESPACE, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  await ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'router');
  await ip('link', 'add', OWN_INTERFACE, 'type', 'veth', 'peer', 'name', 'nobody');
  for (const name of ['eth0', 'router', OWN_INTERFACE, 'nobody']) await ip('link', 'set', name, 'up');
  await ip('address', 'add', '10.9.0.2/24', 'dev', 'eth0');
  await ip('route', 'add', 'default', 'via', '10.9.0.1');
});

afterEach(async () => {
  for (const { process } of monitors) await process.stop();
  await killProcessesOf(NAMESPACE);
  await runCommand('ip', ['netns', 'delete', NAMESPACE]);
});

test('T5: an address that goes and one that comes are told, and so is another default route', async () => {
  const monitor = await startMonitor('monitor', OWN_INTERFACE);
  await untilTold(monitor, () => ip('address', 'del', '10.9.0.2/24', 'dev', 'eth0'));
  await untilTold(monitor, () => ip('address', 'add', '10.9.0.8/24', 'dev', 'eth0'));
  await untilTold(monitor, () => ip('route', 'add', 'default', 'via', '10.9.0.1'));
  await untilTold(monitor, () => ip('route', 'replace', 'default', 'via', '10.9.0.3'));
  await untilTold(monitor, () => ip('route', 'replace', 'default', 'via', '10.9.0.1'));
});

test('T5: a cable that is pulled is told, though addresses and routes stay', async () => {
  const monitor = await startMonitor('monitor', OWN_INTERFACE);
  await untilTold(monitor, () => ip('link', 'set', 'router', 'down'));
});

test('what happens on the ignored interface is not told', async () => {
  const monitor = await startMonitor('monitor', OWN_INTERFACE);
  const other = await startMonitor('other', 'no-such-one');
  await untilTold(other, () => ip('address', 'add', '100.64.0.2/32', 'dev', OWN_INTERFACE));
  await untilTold(other, () => ip('route', 'add', '192.168.250.10/32', 'dev', OWN_INTERFACE));
  await untilTold(monitor, () => ip('address', 'add', '10.9.0.9/24', 'dev', 'eth0'));
  expect(monitor.lines.filter(isChange)).toHaveLength(1);
});

test('T5: a monitor whose ip(8) died starts another one and tells a change, since it may have missed one', async () => {
  const monitor = await startMonitor('monitor', OWN_INTERFACE);
  const [listener] = await listeners();
  if (listener === undefined) throw new Error('nobody listens');
  await untilTold(monitor, async () => kill(listener, 'SIGKILL'));
  expect(monitor.lines).toContainEqual(expect.stringContaining('SIGKILL'));
  await untilTold(monitor, () => ip('address', 'add', '10.9.0.9/24', 'dev', 'eth0'));
});

test('it ends with its owner', async () => {
  const monitor = await startMonitor('monitor', OWN_INTERFACE);
  await monitor.process.stop();
  expect(monitor.lines).toContain('closed');
  await until('nothing is left', async () => (await processesOf(NAMESPACE)).length === 0);
});

test('when its owner is killed it ends with the next change', async () => {
  const monitor = await startMonitor('monitor', OWN_INTERFACE);
  monitor.process.killHard();
  // Not when its process has left the namespace: its other threads may still hold the pipe open then.
  await until('the owner is gone with all its threads', () => monitor.process.hasEnded);
  await ip('address', 'add', '10.9.0.9/24', 'dev', 'eth0');
  await until('nothing is left', async () => (await processesOf(NAMESPACE)).length === 0);
});
