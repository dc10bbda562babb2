/**
 * Switches remoteConnect. The flag comes first in both directions, so that nothing that fails afterwards can leave it
 * on when it was to be off: without the flag systemd refuses to start the unit, and the service ends by itself.
 *
 * INVARIANTS
 * - "off" never waits for an "on" that is under way: it takes the flag away at once and replaces the start job.
 * - An "on" that was overtaken by an "off" writes no flag and starts nothing any more.
 * - An "on" that failed leaves no flag that was not there before.
 * - While it stays on, the flag keeps its id; after an "off", or when its time was over, it has another one.
 */
import { randomUUID } from 'node:crypto';
import type { SwitchFlag } from '@edgegateway/protocol/gateway-files';
import { BusError } from '../bus/errors.ts';
import type { JobResult } from '../bus/systemd-unit.ts';
import type { UnitState } from '../bus/unit-state.ts';
import type { AmsErrorCode, SwitchState } from '../contract.ts';
import { AmsFailure, isStorageFull } from '../errors.ts';
import { type Log, sentenceOf } from '../log.ts';
import type { Now } from '../timing.ts';
import { type FlagFile, isOn } from './flag-file.ts';
import { deriveSwitchState, type Switching } from './switch-state.ts';

/** The part of systemd that the switch needs. */
export interface SwitchedUnit {
  readonly state: UnitState | null;
  start(): Promise<JobResult>;
  /** @param milliseconds how long the result is waited for, where that is not the usual time */
  stop(milliseconds?: number): Promise<JobResult>;
}

export interface SwitchOptions {
  readonly flag: FlagFile;
  readonly unit: SwitchedUnit;
  readonly now: Now;
  readonly onChange: () => void;
  readonly log: Log;
}

/** Who switched on has waited already, and is told in the time that the page waits for all of it. */
const TAKE_BACK_MILLISECONDS = 20_000;

export class RemoteConnectSwitch {
  readonly #options: SwitchOptions;
  #flagAccess: Promise<unknown> = Promise.resolve();
  /** Counts requests; the latest one has the say. */
  #request = 0;
  #switching: Switching = null;

  constructor(options: SwitchOptions) {
    this.#options = options;
  }

  async state(): Promise<SwitchState> {
    const { flag, unit, now } = this.#options;
    return deriveSwitchState(await flag.read(), unit.state, now(), this.#switching);
  }

  /**
   * @param forMinutes null: until it is switched off
   * @throws AmsFailure 'systemd-unavailable' | 'switching-failed' | 'storage-full'
   */
  async on(forMinutes: number | null): Promise<void> {
    const { flag, unit, now } = this.#options;
    await this.#switch('on', async (isLatest) => {
      // Without systemd nothing is promised: the flag would switch it on at some later boot.
      if (unit.state === null) throw new BusError('unavailable', 'systemd is gone');
      const until = forMinutes === null ? null : new Date(now() + forMinutes * 60_000).toISOString();
      let before: SwitchFlag | null = null;
      await this.#withFlag(async () => {
        if (!isLatest()) return;
        before = await flag.read();
        const id = isOn(before, now()) ? before.id : randomUUID();
        await flag.write({ id, until });
      });
      if (!isLatest()) return 'canceled';
      try {
        const result = await unit.start();
        if (result !== 'done' || !isLatest()) throw new SwitchingError(isLatest() ? result : 'canceled');
        if (unit.state?.activeState !== 'active') throw new SwitchingError(unit.state?.result ?? 'unknown');
        return result;
      } catch (error) {
        await this.#takeBack(before, isLatest);
        throw error;
      }
    });
  }

  /** @throws AmsFailure 'systemd-unavailable' | 'switching-failed'; the flag is gone in any case */
  async off(): Promise<void> {
    await this.#switch('off', async () => {
      await this.#withFlag(() => this.#options.flag.remove());
      return this.#options.unit.stop();
    });
  }

  /** Takes an expired or unreadable flag away and stops the unit, should the service not have ended by itself. */
  async removeExpired(): Promise<void> {
    const { flag, unit, now, log } = this.#options;
    const expired = await this.#withFlag(async () => {
      if (!(await flag.exists()) || isOn(await flag.read(), now())) return false;
      await flag.remove();
      return true;
    });
    if (!expired) return;
    log.info({}, 'the time for which remoteConnect was switched on is over');
    this.#options.onChange();
    if (unit.state !== null && unit.state.activeState !== 'inactive') await this.off();
  }

  async #switch(direction: 'on' | 'off', work: (isLatest: () => boolean) => Promise<JobResult>): Promise<void> {
    const { log, onChange } = this.#options;
    this.#request += 1;
    const request = this.#request;
    const isLatest = () => request === this.#request;
    this.#switching = direction;
    onChange();
    try {
      const result = await work(isLatest);
      if (result !== 'done') throw new SwitchingError(result);
      log.info({ direction }, 'remoteConnect was switched');
    } catch (error) {
      log.error({ direction, problem: sentenceOf(error) }, 'remoteConnect could not be switched');
      throw new AmsFailure(codeOf(error), { cause: error });
    } finally {
      if (isLatest()) this.#switching = null;
      onChange();
    }
  }

  /** Of a failed "on" nothing stays: neither the flag nor a service that starts a little later. */
  async #takeBack(before: SwitchFlag | null, isLatest: () => boolean): Promise<void> {
    const { flag, unit, now, log } = this.#options;
    const stop = await this.#withFlag(async () => {
      if (!isLatest()) return false;
      if (isOn(before, now())) {
        await flag.write(before);
        return false;
      }
      await flag.remove();
      return true;
    });
    if (!stop) return;
    await unit.stop(TAKE_BACK_MILLISECONDS).catch((error: unknown) => {
      log.warn({ problem: sentenceOf(error) }, 'systemd could not be asked to stop; the flag is gone');
    });
  }

  /** The file is changed by one at a time. */
  #withFlag<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#flagAccess.then(work);
    this.#flagAccess = result.catch(() => undefined);
    return result;
  }
}

function codeOf(error: unknown): AmsErrorCode {
  if (isStorageFull(error)) return 'storage-full';
  return error instanceof BusError && error.code === 'unavailable' ? 'systemd-unavailable' : 'switching-failed';
}

class SwitchingError extends Error {
  constructor(result: JobResult) {
    super(`the job ended with ${result}`);
  }
}
