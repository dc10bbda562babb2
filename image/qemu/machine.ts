import { type ChildProcess, spawn } from 'node:child_process';
import { access, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ImageError } from '../errors.ts';
import { type MachineNetwork, qemuArguments } from './qemu-arguments.ts';
import { QmpConnection } from './qmp.ts';

/** Debian's package ovmf. The variables are a template; each machine gets its copy. */
const FIRMWARE = '/usr/share/OVMF/OVMF_CODE_4M.fd';
const FIRMWARE_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';

const QMP_SECONDS = 20;
const QMP_RETRY_MILLISECONDS = 50;
const QUIT_SECONDS = 5;
const LAST_CHARACTERS = 2000;

export interface MachineOptions {
  /** A raw disk image of this machine alone. */
  disk: string;
  /** A raw image that shows as a USB stick. */
  stick?: string | undefined;
  network: MachineNetwork;
  /** Sockets and the firmware's variables. */
  workDirectory: string;
  /** Made anew; everything that the machine says on its first serial port. */
  serialLog: string;
  /** Where QEMU offers the second serial port as a UNIX socket. */
  secondSerialSocket?: string | undefined;
}

/** A running virtual gateway. Whoever started it calls `close`, which leaves no process behind. */
export class Machine {
  readonly serialLog: string;
  /** Fulfilled when QEMU has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #qmp: QmpConnection;

  private constructor(child: ChildProcess, qmp: QmpConnection, ended: Promise<void>, serialLog: string) {
    this.#child = child;
    this.#qmp = qmp;
    this.ended = ended;
    this.serialLog = serialLog;
  }

  /**
   * Fulfilled once the machine has power; its console tells how far it has come.
   * @throws ImageError missing-tool, machine-failed
   */
  static async start(options: MachineOptions): Promise<Machine> {
    await access(FIRMWARE).catch((error: unknown) => {
      throw new ImageError('missing-tool', `${FIRMWARE} is missing (Debian package ovmf).`, { cause: error });
    });
    await mkdir(options.workDirectory, { recursive: true });
    const firmwareVariables = join(options.workDirectory, 'firmware-variables.fd');
    const qmpSocket = join(options.workDirectory, 'qmp.sock');
    await copyFile(FIRMWARE_VARIABLES, firmwareVariables);
    await rm(qmpSocket, { force: true });
    await writeFile(options.serialLog, '');

    const argv = qemuArguments({ ...options, firmware: FIRMWARE, firmwareVariables, qmpSocket }, options.network);
    const child = spawn('ip', ['netns', 'exec', options.network.namespace, 'qemu-system-x86_64', ...argv], {
      // A session of its own keeps a terminal's Ctrl-C away from it: its owner ends it, in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = lastWordsOf(child);
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    try {
      const qmp = await openQmp(qmpSocket, child);
      return new Machine(child, qmp, ended, options.serialLog);
    } catch (error) {
      child.kill('SIGKILL');
      await ended;
      throw new ImageError('machine-failed', `The virtual machine did not start. ${said()}`, { cause: error });
    }
  }

  get running(): boolean {
    return isRunning(this.#child);
  }

  /** What the console has said so far; the file may hold anything, so broken characters are replaced. */
  async serialText(): Promise<string> {
    return readFile(this.serialLog, 'utf8');
  }

  /** As pressing the reset button: nothing is written orderly. */
  async reset(): Promise<void> {
    await this.#qmp.execute('system_reset');
  }

  /** As pressing the power button; fulfilled when the machine is off. */
  async powerOff(signal?: AbortSignal): Promise<void> {
    await this.#qmp.execute('system_powerdown');
    await Promise.race([this.ended, untilAborted(signal)]);
  }

  /** As pulling the plug. */
  async close(): Promise<void> {
    if (this.running) {
      const hard = setTimeout(() => this.#child.kill('SIGKILL'), QUIT_SECONDS * 1000);
      // QEMU may end before it answers; what counts is that it is gone.
      await this.#qmp.execute('quit').catch(() => this.#child.kill('SIGKILL'));
      await this.ended;
      clearTimeout(hard);
    }
    this.#qmp.close();
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function lastWordsOf(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_CHARACTERS);
  });
  child.once('error', (error) => {
    words += error.message;
  });
  return () => words.trim();
}

async function openQmp(path: string, child: ChildProcess): Promise<QmpConnection> {
  const end = performance.now() + QMP_SECONDS * 1000;
  for (;;) {
    try {
      return await QmpConnection.open(path);
    } catch (error) {
      if (!isRunning(child) || performance.now() > end) throw error;
    }
    await pause(QMP_RETRY_MILLISECONDS);
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal === undefined) return;
    const abort = (): void =>
      reject(new ImageError('machine-failed', 'The machine did not switch itself off in time.'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
