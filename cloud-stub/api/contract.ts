/**
 * The cloud's HTTP interface, as its web interface uses it: schemas of every request and answer.
 * JSON everywhere; a refused request answers 4xx with problem details, `apiError` (protocol/client-api.ts).
 * The paths stand below `/api/v1` too (contract/version.ts), as the pages and programs name them.
 * The login is a server-side session in a `__Host-` cookie; requests that change something need a same-origin Origin.
 * Programs show an access token instead.
 *
 *   GET    /api/me                                   -> me                 401 without a login
 *   POST   /api/login            loginRequest        -> loginAnswer        this and what follows it: contract/account.ts
 *   POST   /api/logout                               -> 204
 *   POST   /api/invitations/accept  acceptRequest    -> loginAnswer        sets a password, logs in
 *   GET    /api/users                                -> user[]             Administrator, remoteConnect Administrator
 *   POST   /api/users            newUser             -> invitation         Administrator
 *   DELETE /api/users/{id}                           -> 204                Administrator
 *   GET    /api/gateways                             -> gateway[]          all roles (a User sees those of own sessions)
 *   POST   /api/gateways         newGateway          -> gateway            Administrator
 *   DELETE /api/gateways/{registrationId}            -> 204                Administrator
 *   GET    /api/sessions                             -> session[]          all, or own only
 *   POST   /api/sessions         newSession          -> session            both Administrators
 *   GET    /api/sessions/{id}                        -> session
 *   PUT    /api/sessions/{id}/released  released     -> session            both Administrators; a running session follows
 *   POST   /api/sessions/{id}/start                  -> startAnswer        409 with startRefusal
 *   POST   /api/sessions/{id}/end                    -> session            any, or own only
 *   GET    /api/events                               -> text/event-stream  `data: change` whenever something changed
 *
 * Every further topic has a file in contract/: account, access-tokens, devices, enrolment, history, plant-scans,
 * session-rules. What is named there is imported from there.
 */
import { apiError, peerStatus } from '@edgegateway/protocol/client-api';
import { releasedAddress } from '@edgegateway/protocol/released-address';
import { displayName, ipv4Address, registrationId, sessionId, timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { device } from './contract/devices.ts';
import { ALWAYS, missingPrecondition, stateWhy, validity } from './contract/session-rules.ts';

export const role = z.enum(['administrator', 'remoteconnect-administrator', 'remoteconnect-user']);
export type Role = z.infer<typeof role>;

const email = z.email().max(200);
/** Further rules: login/password-rules.ts. */
export const password = z.string().min(12).max(200);
const freeText = z.string().trim().max(1000);

export const user = z.strictObject({
  id: z.uuid(),
  email,
  name: displayName,
  role,
  /** `invited` until the first password is set or the first single sign-on. */
  state: z.enum(['invited', 'active', 'disabled']),
});
export type User = z.infer<typeof user>;

/** `enrol`: a second factor has to be set up first. */
export const me = z.strictObject({ user, step: z.enum(['done', 'enrol']) });

export const loginRequest = z.strictObject({ email, password: z.string().min(1).max(200) });
export type LoginRequest = z.infer<typeof loginRequest>;

export const acceptRequest = z.strictObject({ code: z.string().min(1).max(100), password });
export type AcceptRequest = z.infer<typeof acceptRequest>;

export const newUser = z.strictObject({ email, name: displayName, role });
export type NewUser = z.infer<typeof newUser>;

/** The code is shown once; the administrator hands it to the new user. */
export const invitation = z.strictObject({ user, code: z.string(), expiresAt: timestamp });
export type Invitation = z.infer<typeof invitation>;

export const gateway = z.strictObject({
  registrationId,
  name: displayName,
  /**
   * `online`: connected with remoteConnect on; `off`: the plant switched it off; `offline`: lost; `never`: not seen yet;
   * `waiting`: came by an enrolment group and is not accepted yet; `disabled`: kept out by an administrator.
   */
  state: z.enum(['online', 'off', 'offline', 'never', 'waiting', 'disabled']),
  lastSeenAt: timestamp.nullable(),
  version: z.string().nullable(),
  localNetworks: z.array(z.string()),
  devices: z.array(device),
});
export type Gateway = z.infer<typeof gateway>;

/** `certificate`: PEM of the gateway's own certificate, as its AMS shows it. */
export const newGateway = z.strictObject({ registrationId, name: displayName, certificate: z.string().max(10_000) });
export type NewGateway = z.infer<typeof newGateway>;

/** One released address and the gateway it lies behind. */
export const sessionRelease = z.strictObject({
  gateway: registrationId,
  /** The name of the device at that address, where it is known. */
  device: displayName.nullable(),
  target: releasedAddress,
  /** Under which address the client reaches it: the target's own, or the one that its device is mapped to. */
  reachedAs: ipv4Address,
});
export type SessionRelease = z.infer<typeof sessionRelease>;

export const newRelease = sessionRelease.omit({ device: true, reachedAs: true });
export type NewRelease = z.infer<typeof newRelease>;

export const released = z.strictObject({ released: z.array(newRelease).min(1).max(100) });

export const newSession = z.strictObject({
  name: displayName,
  description: freeText,
  reason: freeText,
  released: z.array(newRelease).min(1).max(100),
  /** Ids of the users it is released to; may be empty: then only administrators can start it. */
  users: z.array(z.uuid()).max(100),
  /** How long one run may last. */
  maximumMinutes: z
    .int()
    .min(5)
    .max(24 * 60),
  validity: validity.default(ALWAYS),
  /** Nothing flows before every plant of the session has said yes. */
  plantApproval: z.boolean().default(false),
});
export type NewSession = z.infer<typeof newSession>;

/** Everything but the devices, as a whole. */
export const sessionEdit = newSession.omit({ released: true }).extend({ validity, plantApproval: z.boolean() });
export type SessionEdit = z.infer<typeof sessionEdit>;

/** One end of a started session as it reports itself. */
export const sessionProgress = z.strictObject({
  ticketRedeemedAt: timestamp.nullable(),
  computer: z.string().nullable(),
  /** By registration id: how far the gateway has come. */
  gateways: z.record(
    registrationId,
    z.enum(['waiting', 'waiting-for-approval', 'refused', 'prepared', 'connected', 'failed']),
  ),
  /** By registration id: who at the plant approved it, and when; null while nobody has. Empty where nobody is asked. */
  approvals: z.record(registrationId, z.strictObject({ by: z.string(), at: timestamp }).nullable()),
  peers: z.array(peerStatus),
});
export type SessionProgress = z.infer<typeof sessionProgress>;

export const session = z.strictObject({
  id: sessionId,
  name: displayName,
  description: freeText,
  reason: freeText,
  /**
   * `prepared` -> `starting` (ticket issued) -> `active` (a tunnel has carried data) -> `ended` or `expired`.
   * Where the plant has to approve: `starting` -> `waiting-for-approval` (the client is there) -> `starting`.
   * A session that ended can be started again: it is then `starting` once more.
   */
  state: z.enum(['prepared', 'starting', 'waiting-for-approval', 'active', 'ended', 'expired']),
  /** Why it is in this state, a plain sentence; empty where there is nothing to say. */
  stateReason: z.string(),
  /** The same for programs; null where there is nothing to say, or no more than the sentence. */
  stateWhy: stateWhy.nullable(),
  validity,
  plantApproval: z.boolean(),
  released: z.array(sessionRelease),
  users: z.array(user),
  maximumMinutes: z.int(),
  createdAt: timestamp,
  createdBy: z.string(),
  startedAt: timestamp.nullable(),
  startedBy: user.nullable(),
  endedAt: timestamp.nullable(),
  expiresAt: timestamp.nullable(),
  progress: sessionProgress.nullable(),
  /** What the asking user may do now, so that the page need not know the role table. */
  may: z.strictObject({ start: z.boolean(), end: z.boolean(), change: z.boolean() }),
});
export type Session = z.infer<typeof session>;

/** `link` opens the client; the ticket in it works once and for 60 seconds. */
export const startAnswer = z.strictObject({ session, link: z.string(), ticketExpiresAt: timestamp });

/** Every missing precondition, each with a sentence that says what to do. */
export const startRefusal = apiError.extend({
  code: z.literal('preconditions'),
  missing: z.array(missingPrecondition),
});
export type StartRefusal = z.infer<typeof startRefusal>;

export const auditEntry = z.strictObject({
  sequence: z.int(),
  at: timestamp,
  /** Who: a user's name and e-mail, `gateway {id}`, `client {computer}` or `cloud`. */
  actor: z.string(),
  /** From which address, where one is known. */
  origin: z.string().nullable(),
  /** A stable word, for example `session-started`. */
  action: z.string(),
  sessionId: sessionId.nullable(),
  gateway: registrationId.nullable(),
  details: z.record(z.string(), z.unknown()),
  /** SHA-256, hex, over this entry and the hash before it. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** Sent on the event stream: which list has changed. */
export const change = z.strictObject({
  topic: z.enum(['sessions', 'gateways', 'users', 'audit']),
  id: z.string().nullable(),
});
export type Change = z.infer<typeof change>;
