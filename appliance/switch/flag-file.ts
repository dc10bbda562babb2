import { type SwitchFlag, switchFlag } from '@edgegateway/protocol/gateway-files';
import { readIfPresent, removeDurably, writeAtomically } from '../files/atomic-file.ts';

/** The service runs as another user and reads it. */
const MODE = 0o644;

/** Null for anything that is not a flag: what cannot be read switches nothing on. */
export function parseFlag(text: string | null): SwitchFlag | null {
  if (text === null) return null;
  try {
    return switchFlag.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export function isOn(flag: SwitchFlag | null, now: number): flag is SwitchFlag {
  return flag !== null && (flag.until === null || Date.parse(flag.until) > now);
}

export class FlagFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<SwitchFlag | null> {
    return parseFlag(await readIfPresent(this.#path));
  }

  /** True also for a file that is no flag: systemd's condition asks only whether it is there. */
  async exists(): Promise<boolean> {
    return (await readIfPresent(this.#path)) !== null;
  }

  async write(flag: SwitchFlag): Promise<void> {
    await writeAtomically(this.#path, `${JSON.stringify(flag)}\n`, MODE);
  }

  async remove(): Promise<void> {
    await removeDurably(this.#path);
  }
}
