/**
 * When a session may run, what its plant has to say, and why it stands where it stands.
 *
 *   PUT    /api/sessions/{id}            sessionEdit  -> session            both Administrators; not while it runs
 *   POST   /api/sessions/{id}/duplicate               -> session            both Administrators
 *   GET    /api/sessions/{id}/preconditions           -> startChecks        whoever may start it
 *   POST   /api/gateways/{registrationId}/end-sessions -> endedSessions     both Administrators
 */
import { ipv4Address, registrationId, timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const weekday = z.enum(WEEKDAYS);
export type Weekday = z.infer<typeof weekday>;

/** `HH:MM`, 00:00 to 23:59, on the clocks of the validity's time zone. */
export const timeOfDay = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time of day like 07:30');

/** `to` at or before `from` lies on the next day: 22:00 to 06:00, and 00:00 to 00:00 is the whole day. */
export const weeklyWindow = z.strictObject({ days: z.array(weekday).min(1).max(7), from: timeOfDay, to: timeOfDay });
export type WeeklyWindow = z.infer<typeof weeklyWindow>;

/** A name of the IANA time zone database, such as `Europe/Berlin`. */
export const timeZone = z.string().max(64).refine(isTimeZone, 'must be a time zone like Europe/Berlin');

function isTimeZone(name: string): boolean {
  // Offsets such as +01:00 are taken by Intl as well, but know no daylight saving time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const validity = z
  .strictObject({
    /** The first moment at which it may run; null: from now on. */
    from: timestamp.nullable(),
    /** The moment at which it is over; null: never. */
    to: timestamp.nullable(),
    /** At least one of them must be open; none: at any time of the week. */
    windows: z.array(weeklyWindow).max(14),
    timeZone,
  })
  .refine(({ from, to }) => from === null || to === null || from < to, 'must end after its beginning');
export type Validity = z.infer<typeof validity>;

/** No restriction. */
export const ALWAYS: Validity = { from: null, to: null, windows: [], timeZone: 'UTC' };

/** Why a session is in its state; `stateReason` says the same in an English sentence. */
export const stateWhy = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('client-not-opened') }),
  z.strictObject({ code: z.literal('waiting-for-approval'), until: timestamp }),
  z.strictObject({ code: z.literal('approval-refused'), gateway: registrationId, by: z.string(), words: z.string() }),
  z.strictObject({ code: z.literal('approval-lapsed') }),
  z.strictObject({ code: z.literal('ended-by-user'), name: z.string() }),
  z.strictObject({ code: z.literal('left-at-client') }),
  z.strictObject({ code: z.literal('ended-by-plant'), gateway: registrationId, by: z.string() }),
  z.strictObject({ code: z.literal('remoteconnect-off'), gateway: registrationId }),
  z.strictObject({ code: z.literal('maximum-over'), minutes: z.int() }),
  z.strictObject({ code: z.literal('window-over'), at: timestamp }),
  z.strictObject({ code: z.literal('validity-over'), at: timestamp }),
]);
export type StateWhy = z.infer<typeof stateWhy>;

export const startPrecondition = z.enum([
  'already-running',
  'outside-window',
  'gateway-never-seen',
  'gateway-offline',
  'gateway-waiting',
  'gateway-disabled',
  'gateway-full',
  'address-in-the-way',
  'remoteconnect-off',
  'no-client-seen',
  'not-approved',
]);
export type StartPrecondition = z.infer<typeof startPrecondition>;

export const missingPrecondition = z.strictObject({
  precondition: startPrecondition,
  gateway: registrationId.nullable(),
  /** Since when (gateway), or when it is possible next (window); null: not known, or never again. */
  at: timestamp.nullable(),
  /** That means something else already. */
  address: ipv4Address.optional(),
  /** A sentence that says what to do. */
  message: z.string(),
});
export type MissingPrecondition = z.infer<typeof missingPrecondition>;

/** One thing that a start needs, met or not. */
export const startCheck = z.strictObject({
  check: z.enum(['session', 'window', 'gateway', 'client', 'approval']),
  gateway: registrationId.nullable(),
  missing: missingPrecondition.nullable(),
  /** Whether the start is refused while it is missing. */
  blocking: z.boolean(),
});
export type StartCheck = z.infer<typeof startCheck>;

export const clientDownload = z.strictObject({
  url: z.url({ protocol: /^https$/ }),
  version: z.string().min(1).max(60),
});
export type ClientDownload = z.infer<typeof clientDownload>;

export const startChecks = z.strictObject({
  checks: z.array(startCheck),
  /** Null where the operator has named none: the user asks an administrator. */
  clientDownload: clientDownload.nullable(),
});
export type StartChecks = z.infer<typeof startChecks>;

export const endedSessions = z.strictObject({ ended: z.int().min(0) });
