/**
 * Audit events as the ends write them: who did what when, in the order it happened.
 *
 * Each end numbers its events without gaps inside one `log`, a random id made with the queue. A receiver that
 * remembers the last number of each log takes every event exactly once, however often it is sent.
 */
import { z } from 'zod';
import {
  displayName,
  ipv4Address,
  ipv4Network,
  port,
  sessionId,
  timestamp,
  wireguardPublicKey,
} from './wire-values.ts';

const flow = {
  sessionId,
  source: ipv4Address,
  destination: ipv4Address,
  protocol: z.enum(['tcp', 'udp', 'icmp', 'other']),
  port: port.optional(),
};

/** What happened at an end. A new kind is added here, and every receiver learns it from the compiler. */
export const auditEventDetail = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('service-started'), version: z.string().max(60) }),
  z.strictObject({ kind: z.literal('service-stopped'), reason: z.string().max(200) }),
  z.strictObject({
    kind: z.literal('session-configured'),
    sessionId,
    clientPublicKey: wireguardPublicKey,
    released: z.array(z.string().max(60)).max(100),
  }),
  z.strictObject({ kind: z.literal('session-changed'), sessionId, released: z.array(z.string().max(60)).max(100) }),
  z.strictObject({ kind: z.literal('session-removed'), sessionId, reason: z.string().max(200) }),
  z.strictObject({ kind: z.literal('tunnel-connected'), sessionId, path: z.enum(['relay', 'direct']) }),
  z.strictObject({ kind: z.literal('tunnel-lost'), sessionId, reason: z.string().max(200) }),
  z.strictObject({ kind: z.literal('path-changed'), sessionId, path: z.enum(['relay', 'direct']) }),
  z.strictObject({ kind: z.literal('flow-opened'), ...flow }),
  z.strictObject({ kind: z.literal('flow-refused'), ...flow }),
  /** Nothing has passed for a while, or the session is over. Bytes of whole IP packets. */
  z.strictObject({
    kind: z.literal('flow-closed'),
    ...flow,
    openedAt: timestamp,
    bytesToDevice: z.int().min(0),
    bytesToClient: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal('session-ended-locally'), sessionId, by: z.string().max(120) }),
  /** The cloud asked what stands on the plant side; it was told of so many hosts. */
  z.strictObject({ kind: z.literal('plant-scanned'), networks: z.array(ipv4Network).max(16), hosts: z.int().min(0) }),
  /** The plant is asked whether this client may be let in. */
  z.strictObject({
    kind: z.literal('approval-asked'),
    sessionId,
    clientPublicKey: wireguardPublicKey,
    until: timestamp,
  }),
  z.strictObject({
    kind: z.literal('approval-given'),
    sessionId,
    clientPublicKey: wireguardPublicKey,
    by: displayName,
  }),
  z.strictObject({ kind: z.literal('approval-refused'), sessionId, by: displayName, words: z.string().max(200) }),
  /** The gateway was told something it cannot follow; sessions that are not valid do not run. */
  z.strictObject({ kind: z.literal('configuration-refused'), version: z.int().min(0), reason: z.string().max(200) }),
  /** The queue was full while the cloud was out of reach; this many events could not be kept. */
  z.strictObject({ kind: z.literal('events-discarded'), count: z.int().min(1) }),
]);
export type AuditEventDetail = z.infer<typeof auditEventDetail>;

export const auditEvent = z.strictObject({
  log: z.uuid(),
  /** 1, 2, 3 ... inside `log`. */
  sequence: z.int().min(1),
  at: timestamp,
  detail: auditEventDetail,
});
export type AuditEvent = z.infer<typeof auditEvent>;

/** One device-to-cloud message, or one message of a client's event channel. */
export const auditEventBatch = z.strictObject({ events: z.array(auditEvent).min(1).max(100) });
export type AuditEventBatch = z.infer<typeof auditEventBatch>;
