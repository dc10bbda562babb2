/**
 * Whether the plant has remoteConnect switched on: the AMS's flag file (G2, G3, G4). Anything but a readable file
 * whose time has not passed means off.
 */
import { type SwitchFlag, switchFlag } from '@edgegateway/protocol/gateway-files';
import { readIfPresent } from '../durable-file.ts';
import { ServiceError } from '../errors.ts';
import type { Clock } from '../timing.ts';
import { Deadline } from './deadline.ts';

export type SwitchPosition =
  | { readonly position: 'on'; readonly id: string; readonly until: string | null }
  | { readonly position: 'off'; readonly reason: string };

/**
 * @returns null when there is no flag
 * @throws ServiceError 'switch-flag-invalid'
 */
export function parseSwitchFlag(text: string | null): SwitchFlag | null {
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('switch-flag-invalid', undefined, { cause });
  }
  const parsed = switchFlag.safeParse(value);
  if (!parsed.success) throw new ServiceError('switch-flag-invalid', undefined, { cause: parsed.error });
  return parsed.data;
}

/** Watches one flag file; keeps what is left of its time by the monotonic clock between readings. */
export class Switch {
  readonly #path: string;
  readonly #clock: Clock;
  #deadline: Deadline | null = null;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** @throws ServiceError 'switch-flag-invalid': to be treated as off, and told */
  async read(): Promise<SwitchPosition> {
    const flag = parseSwitchFlag(await readIfPresent(this.#path));
    if (flag === null) return { position: 'off', reason: 'remoteConnect was switched off at the plant' };
    if (flag.until === null) this.#deadline = null;
    else if (this.#deadline?.at !== flag.until) this.#deadline = new Deadline(flag.until, this.#clock);
    if (this.#deadline?.hasPassed(this.#clock) === true)
      return { position: 'off', reason: 'the time for which remoteConnect was switched on is over' };
    return { position: 'on', id: flag.id, until: flag.until };
  }
}
