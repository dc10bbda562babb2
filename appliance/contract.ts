/**
 * The AMS's HTTP interface, as its web page uses it: schemas of every request and answer.
 * JSON everywhere; a refused request answers 4xx or 5xx with `amsError`.
 * The login is a server-side session in a `__Host-` cookie; requests that change something need a same-origin Origin.
 *
 *   GET  /api/access                               -> access            for everyone
 *   POST /api/setup              setupRequest      -> access            sets the first password, logs in
 *   POST /api/login              loginRequest      -> access            429 with retryAfterSeconds while throttled
 *   POST /api/logout                               -> access
 *   PUT  /api/password           passwordChange    -> access            ends every other login
 *   GET  /api/overview                             -> overview          401 without a login, as all below
 *   PUT  /api/remoteconnect      switchRequest     -> overview          answers once systemd has carried it out
 *   POST /api/connections/{sessionId}/end          -> overview
 *   POST /api/connections/{sessionId}/approve  approval  -> overview     404 when it waits no longer
 *   POST /api/connections/{sessionId}/refuse   refusal   -> overview     the same
 *   GET  /api/events                               -> text/event-stream  `data: {overview}` at once and on every change
 */
import { gatewayStatus, refusalWords } from '@edgegateway/protocol/gateway-bus';
import { registrationId, timestamp, wireguardPublicKey } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';

export const PASSWORD_MINIMUM_LENGTH = 12;

const newPassword = z.string().min(PASSWORD_MINIMUM_LENGTH).max(200);
const presentPassword = z.string().min(1).max(200);

export const access = z.strictObject({
  /** False as delivered: the first password is to be set with the one-time code from the console. */
  passwordSet: z.boolean(),
  loggedIn: z.boolean(),
});
export type Access = z.infer<typeof access>;

/** The code as typed: spaces, dashes and lower case are accepted. */
export const setupRequest = z.strictObject({ oneTimeCode: z.string().min(1).max(40), password: newPassword });
export type SetupRequest = z.infer<typeof setupRequest>;

export const loginRequest = z.strictObject({ password: presentPassword });
export type LoginRequest = z.infer<typeof loginRequest>;

export const passwordChange = z.strictObject({ currentPassword: presentPassword, newPassword });
export type PasswordChange = z.infer<typeof passwordChange>;

export const switchRequest = z.discriminatedUnion('on', [
  /** `forMinutes` null: until it is switched off. */
  z.strictObject({
    on: z.literal(true),
    forMinutes: z
      .int()
      .min(1)
      .max(7 * 24 * 60)
      .nullable(),
  }),
  z.strictObject({ on: z.literal(false) }),
]);
export type SwitchRequest = z.infer<typeof switchRequest>;

/** The key of the client that the page has shown: the yes is for this one and no other. */
export const approval = z.strictObject({ clientPublicKey: wireguardPublicKey });
export type Approval = z.infer<typeof approval>;

/** The words reach the technician; they may be empty. */
export const refusal = approval.extend({ words: refusalWords });
export type Refusal = z.infer<typeof refusal>;

export const switchState = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('off') }),
  z.strictObject({ state: z.literal('switching-on') }),
  /** `until` null: until it is switched off. */
  z.strictObject({ state: z.literal('on'), until: timestamp.nullable() }),
  z.strictObject({ state: z.literal('switching-off') }),
  /** Switched on, but the service does not run; `problem` is systemd's result, for example `exit-code`. */
  z.strictObject({ state: z.literal('failed'), problem: z.string().max(200) }),
  /** systemd does not answer; nobody knows. */
  z.strictObject({ state: z.literal('unknown') }),
]);
export type SwitchState = z.infer<typeof switchState>;

export const overview = z.strictObject({
  version: z.string(),
  registrationId: registrationId.nullable(),
  /** PEM of the gateway's own certificate, which the cloud's administrator needs to add the gateway. */
  deviceCertificate: z.string().nullable(),
  remoteConnect: switchState,
  /** What the service tells; null while it is off or does not answer. */
  service: gatewayStatus.nullable(),
});
export type Overview = z.infer<typeof overview>;

export const amsErrorCode = z.enum([
  'invalid-request',
  'not-logged-in',
  'foreign-origin',
  'not-found',
  'one-time-code-wrong',
  'password-already-set',
  'password-not-set',
  'password-wrong',
  'too-many-attempts',
  'systemd-unavailable',
  'switching-failed',
  'service-unavailable',
  'storage-full',
  'internal',
]);
export type AmsErrorCode = z.infer<typeof amsErrorCode>;

/** `message` is an English sentence for logs and programs; the page has its own sentence for each code. */
export const amsError = z.strictObject({
  code: amsErrorCode,
  message: z.string(),
  retryAfterSeconds: z.int().min(1).optional(),
});
export type AmsError = z.infer<typeof amsError>;
