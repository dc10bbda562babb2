import { z } from 'zod';

/** `systemctl show`'s properties of the same names (org.freedesktop.systemd1(5)). */
export interface UnitState {
  readonly activeState: string;
  readonly subState: string;
  /** A start or stop is under way. */
  readonly jobPending: boolean;
  readonly conditionResult: boolean;
  /** Why it is not running: `success`, `exit-code`, `signal`, `timeout`, `watchdog` ... */
  readonly result: string;
}

const variant = <Value extends z.ZodType>(value: Value) => z.object({ value });

/** The answer of GetAll("org.freedesktop.systemd1.Unit"), as the library gives it: a record of variants. */
export const unitProperties = z.object({
  ActiveState: variant(z.string().max(50)),
  SubState: variant(z.string().max(50)),
  Job: variant(z.tuple([z.int().min(0), z.string()])),
  ConditionResult: variant(z.boolean()),
});

/** The answer of Get("org.freedesktop.systemd1.Service", "Result"). */
export const serviceResult = variant(z.string().max(50));
