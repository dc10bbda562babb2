import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceManager } from './service-manager.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { quietLog } from './testing/quiet-log.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

/**
 * Node has no Unix datagram sockets. Like systemd, and unlike socat, this lets go of the descriptor that systemd-notify
 * sends to learn that it was heard.
 */
const RECEIVER = `
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
while True: print(listener.recv(4096).decode())
`;

let folder = '';
let socket = '';
let systemd: ChildProcess;
let heard = '';
let manager: ServiceManager | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notify-'));
  socket = join(folder, 'socket');
  heard = '';
  manager = null;
  systemd = spawn('python3', ['-u', '-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  systemd.stdout?.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  await vi.waitFor(() => stat(socket), { timeout: 10_000 });
});

afterEach(async () => {
  await manager?.stopping();
  const ended = once(systemd, 'exit');
  systemd.kill();
  await ended;
  await rm(folder, { recursive: true });
});

function managerWith(clock: FakeClock, watchdogMilliseconds: number | null): ServiceManager {
  manager = new ServiceManager({ socket, watchdogMilliseconds, clock, log: quietLog });
  return manager;
}

const count = (word: string) => heard.split(word).length - 1;

describe('what systemd hears of the service', () => {
  it('is that it is ready, how it is, and that it stops', async () => {
    const told = managerWith(new FakeClock('2026-06-01T08:00:00.000Z'), null);
    await told.ready();
    await told.status('cloud:\nonline');
    await told.stopping();
    await vi.waitFor(() => {
      for (const word of ['READY=1', 'STATUS=cloud: online', 'STOPPING=1']) expect(heard).toContain(word);
    }, PATIENCE);
  });

  it('is a sign of life only as long as the main loop comes round', async () => {
    const clock = new FakeClock('2026-06-01T08:00:00.000Z');
    const told = managerWith(clock, 60);
    await told.ready();
    await vi.waitFor(() => expect(count('WATCHDOG=1')).toBeGreaterThan(0), { timeout: 10_000 });
    clock.pass(60_000);
    const statuses = async (name: string) => {
      for (const round of [1, 2, 3, 4, 5]) {
        await told.status(`${name} ${round}`);
        await vi.waitFor(() => expect(heard).toContain(`${name} ${round}`), PATIENCE);
      }
    };
    // Signs of life that are on their way when the main loop stops may still arrive.
    await statuses('stopping');
    const before = count('WATCHDOG=1');
    await statuses('standing');
    expect(count('WATCHDOG=1')).toBe(before);
    told.progress();
    await vi.waitFor(() => expect(count('WATCHDOG=1')).toBeGreaterThan(before), { timeout: 10_000 });
  });
});
