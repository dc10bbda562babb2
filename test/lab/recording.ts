/** Whole packets of a namespace's devices, for looking into their bytes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SupervisedProcess } from './supervised-process.ts';

export class Recording {
  readonly #folder: string;
  readonly #tcpdump: SupervisedProcess;

  private constructor(folder: string, tcpdump: SupervisedProcess) {
    this.#folder = folder;
    this.#tcpdump = tcpdump;
  }

  /** Fulfilled once packets are being recorded. */
  static async start(namespace: string, logDirectory: string): Promise<Recording> {
    const folder = await mkdtemp(join(tmpdir(), 'recording-'));
    const options = ['-n', '-U', '--immediate-mode', '-Z', 'root', '-i', 'any', '-w', join(folder, 'packets')];
    const tcpdump = await SupervisedProcess.start({
      name: `recording-${namespace}`,
      command: 'ip',
      argv: ['netns', 'exec', namespace, 'tcpdump', ...options],
      readyWhen: /listening on/,
      logDirectory,
    });
    return new Recording(folder, tcpdump);
  }

  /** Whether these bytes have passed, within one packet. */
  async holds(text: string): Promise<boolean> {
    return (await readFile(join(this.#folder, 'packets'))).includes(text);
  }

  async stop(): Promise<void> {
    await this.#tcpdump.stop();
    await rm(this.#folder, { recursive: true });
  }
}
