import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A bus of our own, reachable by nobody else; it can be stopped and started again at the same address. */
export class PrivateBus {
  readonly address: string;
  readonly #folder: string;
  #daemon: ChildProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.address = `unix:path=${join(folder, 'socket')}`;
  }

  /** `mayOwn` false: the bus denies every name, as the system bus does to strangers. */
  static async open(options: { readonly mayOwn: boolean } = { mayOwn: true }): Promise<PrivateBus> {
    const bus = new PrivateBus(await mkdtemp(join(tmpdir(), 'bus-')));
    const verdict = options.mayOwn ? 'allow' : 'deny';
    await writeFile(
      join(bus.#folder, 'bus.conf'),
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
        "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig>
        <listen>${bus.address}</listen>
        <policy context="default">
          <allow user="*"/>
          <allow send_destination="*"/>
          <allow receive_sender="*"/>
          <${verdict} own="*"/>
        </policy>
      </busconfig>`,
    );
    await bus.start();
    return bus;
  }

  async start(): Promise<void> {
    const daemon = spawn(
      'dbus-daemon',
      ['--nofork', '--nopidfile', '--print-address', `--config-file=${join(this.#folder, 'bus.conf')}`],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#daemon = daemon;
    await Promise.race([
      once(daemon.stdout, 'data'),
      once(daemon, 'exit').then(() => {
        throw new Error('dbus-daemon did not start');
      }),
    ]);
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon === null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
    await rm(join(this.#folder, 'socket'), { force: true });
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true });
  }
}
