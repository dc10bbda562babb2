/**
 * Tells systemd how the service is (sd_notify(3)), through the program systemd-notify: Node has no Unix datagram
 * sockets. Without a notify socket nobody listens and nothing is done.
 */
import { execFile } from 'node:child_process';
import { clip } from '../errors.ts';
import type { Clock } from '../timing.ts';
import type { ServiceLog } from './log.ts';

const NOTIFY_TIMEOUT_MILLISECONDS = 5000;

export interface ServiceManagerOptions {
  readonly socket: string | null;
  readonly watchdogMilliseconds: number | null;
  readonly clock: Clock;
  readonly log: ServiceLog;
}

export class ServiceManager {
  readonly #options: ServiceManagerOptions;
  #status = '';
  #timer: NodeJS.Timeout | undefined;
  #progressAt: number;

  constructor(options: ServiceManagerOptions) {
    this.#options = options;
    this.#progressAt = options.clock.monotonic();
  }

  /** The service has started; from now on systemd hears of it as long as `progress` is called. */
  async ready(): Promise<void> {
    await this.#notify('READY=1');
    const limit = this.#options.watchdogMilliseconds;
    if (limit === null || this.#options.socket === null) return;
    this.progress();
    this.#timer = setInterval(() => {
      // A timer alone proves nothing: the main loop must have come round.
      if (this.#options.clock.monotonic() - this.#progressAt < limit / 2) void this.#notify('WATCHDOG=1');
    }, limit / 3);
  }

  /** The main loop has come round once more. */
  progress(): void {
    this.#progressAt = this.#options.clock.monotonic();
  }

  /** One line for `systemctl status`. */
  async status(text: string): Promise<void> {
    const line = clip(text.replaceAll('\n', ' '), 300);
    if (line === this.#status) return;
    this.#status = line;
    await this.#notify(`STATUS=${line}`);
  }

  async stopping(): Promise<void> {
    clearInterval(this.#timer);
    await this.#notify('STOPPING=1');
  }

  #notify(assignment: string): Promise<void> {
    const { socket, log } = this.#options;
    if (socket === null) return Promise.resolve();
    return new Promise((resolve) => {
      execFile(
        'systemd-notify',
        [assignment],
        { env: { PATH: '/usr/bin:/bin', NOTIFY_SOCKET: socket }, timeout: NOTIFY_TIMEOUT_MILLISECONDS },
        (error) => {
          if (error !== null) log.warn({ problem: error.message }, 'systemd could not be notified');
          resolve();
        },
      );
    });
  }
}
