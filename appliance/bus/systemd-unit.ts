/**
 * One unit of systemd over D-Bus (org.freedesktop.systemd1(5)): its state, and its start and stop with the result of the
 * job that does it.
 */
import { DBusError, type Message } from '@jellybrick/dbus-next';
import { z } from 'zod';
import { within } from '../timing.ts';
import type { BusConnection } from './bus-connection.ts';
import { BusError } from './errors.ts';
import type { BusProxy } from './system-bus.ts';
import { serviceResult, type UnitState, unitProperties } from './unit-state.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const MANAGER = {
  destination: SYSTEMD,
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
} as const;
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const UNIT = 'org.freedesktop.systemd1.Unit';
const SERVICE = 'org.freedesktop.systemd1.Service';
const ALREADY_SUBSCRIBED = 'org.freedesktop.systemd1.AlreadySubscribed';

type JobMethod = 'StartUnit' | 'StopUnit';

/**
 * Beyond what an emulated or overloaded machine takes, and below the 90 s that the page waits. A stop has TimeoutStopSec= for each of
 * ExecStop=, the service's own end, the kill, and ExecStopPost=.
 */
const JOB_MILLISECONDS: Readonly<Record<JobMethod, number>> = { StartUnit: 60_000, StopUnit: 60_000 };
const MAXIMUM_EARLY_RESULTS = 64;

/** `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`. */
export type JobResult = string;

export class SystemdUnit implements BusProxy {
  readonly busName = SYSTEMD;
  readonly #name: string;
  readonly #onChange: () => void;
  readonly #jobMilliseconds: Readonly<Record<JobMethod, number>>;
  #connection: BusConnection | null = null;
  #path = '';
  #state: UnitState | null = null;
  #reading: Promise<void> | null = null;
  /** Begins when the present reading is over, for all who have asked meanwhile. */
  #nextReading: Promise<void> | null = null;
  /** Results by job path; a job may be over before the answer that names it has arrived. */
  readonly #earlyResults = new Map<string, JobResult>();
  readonly #jobs = new Map<string, PromiseWithResolvers<JobResult>>();

  constructor(name: string, onChange: () => void, jobMilliseconds = JOB_MILLISECONDS) {
    this.#name = name;
    this.#onChange = onChange;
    this.#jobMilliseconds = jobMilliseconds;
  }

  /** Null while systemd cannot be asked. */
  get state(): UnitState | null {
    return this.#state;
  }

  async attach(connection: BusConnection): Promise<void> {
    const manager = `type='signal',sender='${SYSTEMD}',interface='${MANAGER.interface}',path='${MANAGER.path}'`;
    await connection.addMatch(`${manager},member='JobRemoved'`);
    await connection.addMatch(`${manager},member='Reloading'`);
    await subscribe(connection);
    const [path] = await connection.call({ ...MANAGER, member: 'LoadUnit', signature: 's', body: [this.#name] });
    this.#path = z.string().parse(path);
    await connection.addMatch(
      `type='signal',sender='${SYSTEMD}',interface='${PROPERTIES}',member='PropertiesChanged',path='${this.#path}'`,
    );
    this.#connection = connection;
    await this.#read();
  }

  detach(): void {
    this.#connection = null;
    this.#earlyResults.clear();
    for (const job of this.#jobs.values()) job.reject(new BusError('unavailable', 'systemd is gone'));
    this.#jobs.clear();
    this.#change(null);
  }

  onSignal(signal: Message): void {
    if (signal.interface === MANAGER.interface && signal.path === MANAGER.path) {
      if (signal.member === 'JobRemoved') this.#jobRemoved(signal);
      if (signal.member === 'Reloading' && signal.body[0] === false) this.#readAgain();
    }
    if (signal.member === 'PropertiesChanged' && signal.path === this.#path) this.#readAgain();
  }

  /** @throws BusError */
  start(): Promise<JobResult> {
    return this.#run('StartUnit', this.#jobMilliseconds.StartUnit);
  }

  /**
   * @param milliseconds how long the result is waited for; the job goes on
   * @throws BusError
   */
  stop(milliseconds = this.#jobMilliseconds.StopUnit): Promise<JobResult> {
    return this.#run('StopUnit', milliseconds);
  }

  async #run(member: JobMethod, milliseconds: number): Promise<JobResult> {
    const connection = this.#connection;
    if (connection === null) throw new BusError('unavailable', 'systemd is gone');
    const body = [this.#name, 'replace'];
    const [path] = await connection.call({ ...MANAGER, member, signature: 'ss', body });
    const result = await this.#resultOf(z.string().parse(path), milliseconds);
    await this.#read();
    return result;
  }

  async #resultOf(job: string, milliseconds: number): Promise<JobResult> {
    const early = this.#earlyResults.get(job);
    if (early !== undefined) return early;
    const waiting = this.#jobs.get(job) ?? Promise.withResolvers<JobResult>();
    this.#jobs.set(job, waiting);
    try {
      return await within(
        milliseconds,
        waiting.promise,
        () => new BusError('timed-out', `systemd did not finish the job within ${milliseconds / 1000} s`),
      );
    } finally {
      this.#jobs.delete(job);
    }
  }

  #jobRemoved(signal: Message): void {
    const [, job, unit, result] = signal.body;
    if (unit !== this.#name || typeof job !== 'string' || typeof result !== 'string') return;
    this.#jobs.get(job)?.resolve(result);
    this.#earlyResults.set(job, result);
    const oldest = this.#earlyResults.keys().next();
    if (this.#earlyResults.size > MAXIMUM_EARLY_RESULTS && oldest.done !== true)
      this.#earlyResults.delete(oldest.value);
    this.#readAgain();
  }

  /** A state that cannot be read is unknown until the next signal or connection. */
  #readAgain(): void {
    const connection = this.#connection;
    this.#read().catch(() => {
      if (connection === this.#connection) this.#change(null);
    });
  }

  /**
   * Fulfilled once the state is at least as new as this call. systemd tells one change in several signals, and telling
   * everything of a unit keeps it busy: what comes while a reading is under way is served by one more.
   */
  #read(): Promise<void> {
    const present = this.#reading;
    if (present === null) return this.#beginReading();
    this.#nextReading ??= present
      .catch(() => undefined)
      .then(() => {
        this.#nextReading = null;
        return this.#read();
      });
    return this.#nextReading;
  }

  #beginReading(): Promise<void> {
    const reading = this.#readOnce().finally(() => {
      this.#reading = null;
    });
    this.#reading = reading;
    return reading;
  }

  async #readOnce(): Promise<void> {
    const connection = this.#connection;
    if (connection === null) throw new BusError('unavailable', 'systemd is gone');
    const properties = { destination: SYSTEMD, path: this.#path, interface: PROPERTIES };
    const [[all], [result]] = await Promise.all([
      connection.call({ ...properties, member: 'GetAll', signature: 's', body: [UNIT] }),
      connection.call({ ...properties, member: 'Get', signature: 'ss', body: [SERVICE, 'Result'] }),
    ]);
    if (connection !== this.#connection) throw new BusError('unavailable', 'systemd is gone');
    const unit = unitProperties.parse(all);
    this.#change({
      activeState: unit.ActiveState.value,
      subState: unit.SubState.value,
      jobPending: unit.Job.value[0] !== 0,
      conditionResult: unit.ConditionResult.value,
      result: serviceResult.parse(result).value,
    });
  }

  #change(state: UnitState | null): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#onChange();
  }
}

/** Asks for systemd's signals. They come to the whole connection, which several units may share. */
async function subscribe(connection: BusConnection): Promise<void> {
  try {
    await connection.call({ ...MANAGER, member: 'Subscribe' });
  } catch (error) {
    const cause: unknown = error instanceof BusError ? error.cause : null;
    if (!(cause instanceof DBusError) || cause.type !== ALREADY_SUBSCRIBED) throw error;
  }
}
