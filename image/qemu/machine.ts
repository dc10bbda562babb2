import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ImageError } from '../errors.ts';
import { copyDisk } from './disks.ts';
import { emulatorCommand } from './emulator.ts';
import { type MachineFiles, type MachineHardware, type MachineNetwork, qemuArguments } from './qemu-arguments.ts';
import { QmpConnection } from './qmp.ts';

/** Debian's package ovmf. The variables are a template; each machine gets its copy. */
const FIRMWARE = '/usr/share/OVMF/OVMF_CODE_4M.fd';
const FIRMWARE_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';

/** In the machine's folder, where it was not given variables. */
export const VARIABLES_FILE = 'firmware-variables.qcow2';

/** PR_SET_PDEATHSIG (setpriv(1)): whatever becomes of its owner, no machine stays behind. */
const DIES_WITH_ITS_OWNER = ['--pdeathsig', 'KILL'];

const CARDS = ['wan', 'lan'] as const;
const QMP_SECONDS = 20;
const QMP_RETRY_MILLISECONDS = 50;
const QUIT_SECONDS = 5;
const PRESS_AGAIN_MILLISECONDS = 5000;
const LAST_CHARACTERS = 2000;

export interface MachineOptions extends MachineHardware {
  /** A qcow2 disk image of this machine alone. */
  disk: string;
  /** A raw image that shows as a USB stick. */
  stick?: string | undefined;
  /** Sockets and the firmware's variables. */
  workDirectory: string;
  /** The firmware's variables (qcow2), written to; new ones where it is not given. */
  firmwareVariables?: string | undefined;
  /** Made anew; everything that the machine says on its first serial port. */
  serialLog: string;
  /** What the machine has said before the snapshot that it goes on from. */
  saidBefore?: string | undefined;
  /** Called with what the machine says on its first serial port, as it says it. */
  onConsole?: ((text: Buffer) => void) | undefined;
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
    const qmpSocket = join(options.workDirectory, 'qmp.sock');
    await rm(qmpSocket, { force: true });
    await writeFile(options.serialLog, options.saidBefore ?? '');

    const firmwareVariables = options.firmwareVariables ?? (await newVariables(options.workDirectory));
    const files = { ...options, firmware: FIRMWARE, firmwareVariables, qmpSocket };
    const child = spawnQemu(await emulatorCommand(), files, options);
    child.stdout.on('data', options.onConsole ?? (() => undefined));
    const said = lastWordsOf(child);
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    try {
      const qmp = await openQmp(qmpSocket, child);
      const machine = new Machine(child, qmp, ended, options.serialLog);
      if (options.network.kind === 'none') for (const card of CARDS) await machine.setCable(card, false);
      return machine;
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

  /** As pulling a card's cable, or plugging it in. */
  async setCable(card: 'wan' | 'lan', isPlugged: boolean): Promise<void> {
    await this.#qmp.execute('set_link', { name: card, up: isPlugged });
  }

  /** Writes a picture of the screen, which the machine has been given for that. */
  async takeScreenshot(png: string): Promise<void> {
    await this.#qmp.execute('screendump', { filename: png, format: 'png' });
  }

  /**
   * Stops the machine and writes all of it into its disk and its firmware's variables, under a name.
   * @throws ImageError machine-failed
   */
  async saveSnapshot(name: string): Promise<void> {
    await this.#qmp.execute('stop');
    // The protocol has this only as a job to be watched; the monitor's command says nothing unless it failed.
    const problem = await this.#qmp.execute('human-monitor-command', { 'command-line': `savevm ${name}` });
    if (problem !== '') throw new ImageError('machine-failed', `QEMU took no snapshot: ${problem.trim()}`);
  }

  /**
   * As pressing the power button until the machine is off: once is not enough while it boots and nobody watches the button.
   * @throws ImageError machine-failed when the signal aborts before
   */
  async powerOff(signal?: AbortSignal): Promise<void> {
    while (this.running) {
      if (signal?.aborted === true) {
        throw new ImageError('machine-failed', 'The machine did not switch itself off in time.');
      }
      const problem = await this.#qmp.execute('system_powerdown').then(
        () => undefined,
        (error: unknown) => error,
      );
      await this.#endedWithin(PRESS_AGAIN_MILLISECONDS);
      // QEMU that ends may do so before it answers.
      if (this.running && problem !== undefined) throw problem;
    }
  }

  async #endedWithin(milliseconds: number): Promise<void> {
    const patience = new AbortController();
    await Promise.race([
      this.ended,
      pause(milliseconds, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  /** As a power cut: what QEMU holds in its memory is lost, and it is asked nothing. */
  async cutPower(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
    this.#qmp.close();
  }

  /** Ends it in order for QEMU, which writes its files to their end; for the guest it is as pulling the plug. */
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

async function newVariables(folder: string): Promise<string> {
  const file = join(folder, VARIABLES_FILE);
  await copyDisk(file, FIRMWARE_VARIABLES);
  return file;
}

function spawnQemu(
  emulator: readonly string[],
  files: MachineFiles,
  hardware: MachineHardware,
): ChildProcessByStdio<null, Readable, Readable> {
  const qemu = [...emulator, ...qemuArguments(files, hardware)];
  const argv = [...DIES_WITH_ITS_OWNER, ...inNamespace(hardware.network), ...qemu];
  // A session of its own keeps a terminal's Ctrl-C away from it: its owner ends it, in order.
  return spawn('setpriv', argv, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

function inNamespace(network: MachineNetwork): string[] {
  return network.kind === 'taps' ? ['ip', 'netns', 'exec', network.namespace] : [];
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
