/**
 * One service as systemd runs it (systemd.service(5)), as far as remoteconnect.service needs it: Restart=always after
 * 250 ms but not after exit status 77, TimeoutStopSec=10, ExecStop= before an ordered end and ExecStopPost= after every end.
 * It is active once its program has printed the line `ready`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from './options.ts';

export type ActiveState = 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed';

export interface ServiceState {
  readonly active: ActiveState;
  readonly sub: string;
  readonly result: string;
  readonly conditionResult: boolean;
  /** 32 hexadecimal digits; empty before the first start. */
  readonly invocationId: string;
}

export interface ServiceOptions {
  readonly command: Command;
  readonly condition: string;
  readonly stop: Command | null;
  readonly stopPost: Command | null;
}

const RESTART_MILLISECONDS = 250;
const STOP_MILLISECONDS = 10_000;
const PREVENTS_RESTART = 77;

export class Service extends EventEmitter<{ changed: [] }> {
  readonly #options: ServiceOptions;
  #state: ServiceState = {
    active: 'inactive',
    sub: 'dead',
    result: 'success',
    conditionResult: false,
    invocationId: '',
  };
  #child: ChildProcess | null = null;
  #helper: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #ready: Promise<boolean> = Promise.resolve(false);
  #restartTimer: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(options: ServiceOptions) {
    super();
    this.#options = options;
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** Fulfilled with true once it is active, or its condition does not hold; false when it ended before. */
  async start(): Promise<boolean> {
    if (this.#state.active === 'active') return true;
    if (this.#child !== null && !this.#stopping) return this.#ready;
    this.#cancelRestart();
    await this.#ended;
    this.#stopping = false;
    if (!existsSync(this.#options.condition)) {
      this.#set({ active: 'inactive', sub: 'dead', conditionResult: false });
      return true;
    }
    this.#set({
      active: 'activating',
      sub: 'start',
      result: 'success',
      conditionResult: true,
      invocationId: randomBytes(16).toString('hex'),
    });
    return this.#run();
  }

  /** ExecStop=, SIGTERM, SIGKILL after TimeoutStopSec=. Fulfilled once everything has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart();
    const child = this.#child;
    if (child !== null) {
      this.#set({ active: 'deactivating', sub: 'stop' });
      await this.#runHelper(this.#options.stop);
      this.#set({ active: 'deactivating', sub: 'stop-sigterm' });
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
      await this.#ended;
      clearTimeout(hard);
    }
    await this.#ended;
    if (this.#state.active !== 'failed') this.#set({ active: 'inactive', sub: 'dead' });
  }

  async #run(): Promise<boolean> {
    const child = start(this.#options.command);
    this.#child = child;
    const { promise: ready, resolve: settle } = Promise.withResolvers<boolean>();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        console.error(`service: ${line}`);
        if (line !== 'ready' || this.#child !== child || this.#stopping) return;
        this.#set({ active: 'active', sub: 'running' });
        settle(true);
      });
    }
    this.#ended = this.#afterEnd(child).finally(() => settle(false));
    this.#ready = ready;
    return ready;
  }

  async #afterEnd(child: ChildProcess): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<{ code: number | null; result: string }>();
    child.once('error', () => resolve({ code: null, result: 'resources' }));
    child.once('exit', (code, signal) => resolve({ code, result: resultOf(code, signal) }));
    const { code, result } = await promise;
    this.#child = null;
    this.#set({ active: 'deactivating', sub: 'stop-post', result });
    await this.#runHelper(this.#options.stopPost);
    if (this.#stopping || code === PREVENTS_RESTART) {
      this.#set(result === 'success' ? { active: 'inactive', sub: 'dead' } : { active: 'failed', sub: 'failed' });
      return;
    }
    this.#set({ active: 'activating', sub: 'auto-restart' });
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null;
      void this.start();
    }, RESTART_MILLISECONDS);
  }

  async #runHelper(command: Command | null): Promise<void> {
    if (command === null) return;
    const child = start(command);
    this.#helper = child;
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(process.stderr, { end: false });
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
    await once(child, 'close').catch((error: unknown) => console.error(`${command[0]}: ${String(error)}`));
    clearTimeout(hard);
    this.#helper = null;
  }

  /** The last resort when this program itself must end at once. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
    this.#helper?.kill('SIGKILL');
  }

  #cancelRestart(): void {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#restartTimer = null;
  }

  #set(change: Partial<ServiceState>): void {
    this.#state = { ...this.#state, ...change };
    this.emit('changed');
  }
}

function start([program, ...argv]: Command): ChildProcess {
  return spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** SIGTERM and SuccessExitStatus=77 are a clean end. */
function resultOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return signal === 'SIGTERM' ? 'success' : 'signal';
  return code === 0 || code === PREVENTS_RESTART ? 'success' : 'exit-code';
}
