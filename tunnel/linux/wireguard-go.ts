/**
 * wireguard-go as a child process: WireGuard in user space for kernels without the module.
 * It makes the interface in the caller's network namespace and is configured like the kernel's, by wg(8).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { removeInterface } from './addresses-and-routes.ts';
import { CommandError } from './run-command.ts';

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 3000;
const READY_CHECK_MS = 5;

/**
 * Fulfilled when wg(8) can talk to the interface: its socket listens.
 * @returns ends the process and with it the interface
 * @throws CommandError when the program is missing or ends at once
 */
export async function startWireguardGo(name: string): Promise<() => Promise<void>> {
  const child = spawn('wireguard-go', ['--foreground', name], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', WG_PROCESS_FOREGROUND: '1', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  const failures: Error[] = [];
  child.on('error', (error) => failures.push(error));
  const stop = () => stopChild(child, name);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (failures.length === 0 && hasNotEnded(child) && Date.now() < deadline) {
    if (await listens(name)) return stop;
    await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
  }
  await stop();
  throw new CommandError(`wireguard-go ${name}`, stderr.trim() || 'it did not start', stderr, failures[0]);
}

/** Of a socket that listens: __SO_ACCEPTCON in /proc/net/unix (proc(5)), which shows this network namespace only. */
const LISTENING = '00010000';

/** wg(8) unlinks a socket that refuses it, as one does that is bound and does not listen yet; wireguard-go then ends. */
async function listens(name: string): Promise<boolean> {
  const sockets = (await readFile('/proc/net/unix', 'utf8')).split('\n').map((line) => line.split(/ +/));
  return sockets.some(([, , , flags, , , , path]) => flags === LISTENING && isControlSocket(path, name));
}

function isControlSocket(path: string | undefined, name: string): boolean {
  return path?.endsWith(`/wireguard/${name}.sock`) === true;
}

async function stopChild(child: ChildProcess, name: string): Promise<void> {
  if (child.pid !== undefined && hasNotEnded(child)) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(impatience);
  }
  await removeInterface(name);
}

function hasNotEnded(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
