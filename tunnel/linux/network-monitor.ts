/**
 * The kernel's own news of links, addresses and routes (rtnetlink(7)), read from `ip monitor` (ip-monitor(8)).
 *
 * The child ends with `close`. Should this process be killed, the child ends with the next news, which nobody reads.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { reconnectDelay } from '../io/reconnect-delay.ts';
import type { NetworkMonitor } from '../network-monitor.ts';
import type { TunnelLog } from '../tunnel-log.ts';
import { NetworkEvents } from './network-events.ts';

export interface LinuxNetworkMonitorOptions {
  /** Name of the tunnel's own interface. */
  readonly ignoredInterface: string;
  readonly log: TunnelLog;
}

/** Milliseconds in which the parts of one change, such as address, link route and default route, come together. */
const GATHER = 50;

type State =
  | { readonly stage: 'idle' | 'closed' }
  | { readonly stage: 'listening'; readonly child: ChildProcess }
  | { readonly stage: 'waiting'; readonly timer: NodeJS.Timeout };

export class LinuxNetworkMonitor implements NetworkMonitor {
  readonly #options: LinuxNetworkMonitorOptions;
  #onChange: () => void = () => undefined;
  #state: State = { stage: 'idle' };
  #failures = 0;
  #gatherTimer: NodeJS.Timeout | null = null;

  constructor(options: LinuxNetworkMonitorOptions) {
    this.#options = options;
  }

  start(onChange: () => void): void {
    if (this.#state.stage !== 'idle') return;
    this.#onChange = onChange;
    this.#listen();
  }

  close(): void {
    const state = this.#state;
    this.#state = { stage: 'closed' };
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer);
    if (state.stage === 'waiting') clearTimeout(state.timer);
    if (state.stage === 'listening') state.child.kill('SIGKILL');
  }

  #listen(): void {
    const events = new NetworkEvents(this.#options.ignoredInterface);
    const child = spawn('ip', ['-o', 'monitor', 'link', 'address', 'route'], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#state = { stage: 'listening', child };
    let problem = '';
    child.on('error', (error) => {
      problem = error.message;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problem = (problem + text).slice(-500);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#failures = 0;
      if (events.isNews(line)) this.#gather();
    });
    child.once('close', (status, signal) => this.#ended(problem.trim() || `it ended with ${signal ?? status}`));
  }

  #ended(problem: string): void {
    if (this.#state.stage !== 'listening') return;
    this.#failures += 1;
    const retryMs = reconnectDelay(this.#failures, Math.random());
    this.#options.log('warn', 'Changes of the network are not noticed until ip-monitor(8) runs again.', {
      problem,
      retryMs,
    });
    const timer = setTimeout(() => {
      this.#listen();
      // Whatever happened meanwhile was not told.
      this.#gather();
    }, retryMs);
    this.#state = { stage: 'waiting', timer };
  }

  #gather(): void {
    if (this.#state.stage === 'closed') return;
    this.#gatherTimer ??= setTimeout(() => {
      this.#gatherTimer = null;
      this.#onChange();
    }, GATHER);
  }
}
