/**
 * Captures into a file whatever enters a router.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type CaptureFindings, inspectCapture } from './captured-packets.ts';

/** Memory for packets that are not yet written, in KiB (tcpdump(1), -B). */
const BUFFER_KIB = 65_536;

export class Capture {
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #said: string[];

  private constructor(child: ChildProcess, file: string, said: string[]) {
    this.#child = child;
    this.#file = file;
    this.#said = said;
  }

  /** Fulfilled once packets are being captured; each counts once, on the device that it comes in by. */
  static async start(namespace: string, file: string): Promise<Capture> {
    const options = ['-i', 'any', '-Q', 'in', '-w', file, '-B', String(BUFFER_KIB), '-Z', 'root'];
    const argv = ['netns', 'exec', namespace, 'tcpdump', ...options];
    const child = spawn('ip', argv, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        said.push(line);
        if (line.includes('listening on')) resolve();
      });
      child.once('exit', () => reject(new Error(`tcpdump ended: ${said.join(' ')}`)));
    });
    return new Capture(child, file, said);
  }

  /** @throws Error when the kernel gave packets up: what was not seen was not checked */
  async stop(marker: Buffer): Promise<CaptureFindings> {
    await this.end();
    const dropped = this.#said.find((line) => /^[1-9][0-9]* packets? dropped/.test(line));
    if (dropped !== undefined) throw new Error(`The capture is incomplete: ${dropped}.`);
    return inspectCapture(await readFile(this.#file), marker);
  }

  /** May be called again. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.kill('SIGTERM');
    await ended;
  }
}
