/** The gateway's rules by which STUN shares WireGuard's port, against the real nftables. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { STUN_ATTRIBUTE } from '@edgegateway/protocol/stun/attributes';
import { encodeBindingRequest } from '@edgegateway/protocol/stun/binding';
import { STUN_BINDING } from '@edgegateway/protocol/stun/header';
import { encodeStunMessage } from '@edgegateway/protocol/stun/message';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { PADDED_CHECK_BYTES } from '@edgegateway/tunnel/path/path-size';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { killProcessesOf } from '../lab/namespace-processes.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';

const GATEWAY = { namespace: 'sp-gateway', ipv4: '198.51.100.1', ipv6: '2001:db8::1' };
const CLIENT = { namespace: 'sp-client', ipv4: '198.51.100.2', ipv6: '2001:db8::2' };
const WIREGUARD_PORT = 51_999;
/** MTU of the cable. */
const LINK_BYTES = 1500;
const LATE = { address: '203.0.113.77', port: 7777 };

const hex = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('hex');
/** A data message whose receiver index, at the place of the magic cookie, equals it. */
const LIKE_STUN = `040000002112a442${hex('index')}`;

/** A Binding request of that length, a multiple of four. */
function paddedRequest(bytes: number): string {
  const padding = { kind: 'raw', type: STUN_ATTRIBUTE.padding, value: new Uint8Array(bytes - 24) } as const;
  const [transactionId, attributes] = [new Uint8Array(12), [padding]];
  return hex(encodeStunMessage({ class: 'request', method: STUN_BINDING, transactionId, attributes }));
}

let directory: string;
let gateway: SupervisedProcess;
let clients: SupervisedProcess[] = [];
const lines: string[] = [];

const start = (namespace: string, program: string, argv: readonly string[], onLine: (line: string) => void) =>
  SupervisedProcess.start({
    name: program,
    command: 'ip',
    argv: ['netns', 'exec', namespace, execPath, join(import.meta.dirname, `${program}.ts`), ...argv],
    readyWhen: /^ready$/,
    logDirectory: directory,
    onLine,
  });

async function send(address: string, port: number, ...datagrams: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  const argv = [address, String(port), ...datagrams];
  clients.push(await start(CLIENT.namespace, 'datagram-program', argv, (line) => answers.push(line)));
  return answers;
}

const untilTold = (pattern: RegExp) => until(`${pattern} is told`, () => lines.find((line) => pattern.test(line)));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shared-port-'));
  for (const { namespace } of [GATEWAY, CLIENT]) {
    await runCommand('ip', ['netns', 'add', namespace]);
    await runCommand('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  }
  const cable = ['link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'wan0', 'netns', CLIENT.namespace];
  await runCommand('ip', ['-n', GATEWAY.namespace, ...cable]);
  for (const { namespace, ipv4, ipv6 } of [GATEWAY, CLIENT]) {
    await runCommand('ip', ['-n', namespace, 'address', 'add', `${ipv4}/24`, 'dev', 'wan0']);
    await runCommand('ip', ['-n', namespace, 'address', 'add', `${ipv6}/64`, 'dev', 'wan0', 'nodad']);
    await runCommand('ip', ['-n', namespace, 'link', 'set', 'wan0', 'up']);
  }
  const argv = [String(WIREGUARD_PORT), LATE.address, String(LATE.port)];
  gateway = await start(GATEWAY.namespace, 'shared-port-program', argv, (line) => lines.push(line));
});

afterEach(async () => {
  for (const client of clients) await client.stop();
  clients = [];
  lines.length = 0;
});

afterAll(async () => {
  await gateway?.stop();
  for (const { namespace } of [GATEWAY, CLIENT]) {
    await killProcessesOf(namespace);
    await runCommand('ip', ['netns', 'delete', namespace]);
  }
  await rm(directory, { recursive: true, force: true });
});

test.each(['ipv4', 'ipv6'] as const)(
  'T3: STUN to the port of WireGuard reaches the service, its answer leaves from that port (%s)',
  async (family) => {
    const answers = await send(GATEWAY[family], WIREGUARD_PORT, hex(encodeBindingRequest()));
    await untilTold(new RegExp(`^stun ${GATEWAY[family]} ${CLIENT[family]} `));
    await until('the answer comes', () => answers.includes(`from ${GATEWAY[family]} ${WIREGUARD_PORT} answer`));
  },
);

test.each(['ipv4', 'ipv6'] as const)(
  'everything else goes to WireGuard, also what has the cookie in its place (%s)',
  async (family) => {
    await send(GATEWAY[family], WIREGUARD_PORT, `04000000${hex('plain')}`, LIKE_STUN);
    await untilTold(new RegExp(`^wireguard ${CLIENT[family]} \\d+ plain$`));
    await untilTold(new RegExp(`^wireguard ${CLIENT[family]} \\d+ .*index$`));
    expect(lines.filter((line) => line.startsWith('stun'))).toEqual([]);
  },
);

test.each(['ipv4', 'ipv6'] as const)(
  'K02: STUN that comes whole reaches the service, STUN that comes in fragments does not (%s)',
  async (family) => {
    await send(GATEWAY[family], WIREGUARD_PORT, paddedRequest(PADDED_CHECK_BYTES));
    await untilTold(/^stun /);
    lines.length = 0;
    const inFragments = LINK_BYTES + 100;
    const after = `04000000${hex('after'.repeat(inFragments / 5))}`;
    await send(GATEWAY[family], WIREGUARD_PORT, paddedRequest(inFragments), after);
    await untilTold(/^wireguard .*afterafter/);
    expect(lines.filter((line) => line.startsWith('stun'))).toEqual([]);
  },
);

test('what is sent to the port of the service itself is dropped', async () => {
  const sockets = await runCommand('ip', ['netns', 'exec', GATEWAY.namespace, 'ss', '-Hlun']);
  const stunPort = Number(/198\.51\.100\.1:(\d+)/.exec(sockets)?.[1]);
  await send(GATEWAY.ipv4, stunPort, hex(encodeBindingRequest()));
  await send(GATEWAY.ipv4, WIREGUARD_PORT, `04000000${hex('after')}`);
  await untilTold(/ after$/);
  expect(lines.filter((line) => line.startsWith('stun'))).toEqual([]);
});

test('T2: a late packet of the relay looks as if it came from the direct address', async () => {
  await send(GATEWAY.ipv4, WIREGUARD_PORT, `04000000${hex('late')}`);
  await untilTold(new RegExp(`^wireguard ${LATE.address} ${LATE.port} disguised$`));
});

test('a table that somebody flushed is put back, with its disguises', async () => {
  await runCommand('ip', ['netns', 'exec', GATEWAY.namespace, 'nft', 'flush', 'ruleset']);
  await untilTold(/put back/);
  await send(GATEWAY.ipv4, WIREGUARD_PORT, hex(encodeBindingRequest()), `04000000${hex('late')}`);
  await untilTold(/^stun /);
  await untilTold(new RegExp(`^wireguard ${LATE.address} ${LATE.port} disguised$`));
});

test('G4: the end of the service leaves no table', async () => {
  await gateway.stop();
  expect(await runCommand('ip', ['netns', 'exec', GATEWAY.namespace, 'nft', 'list', 'ruleset'])).toBe('');
});
