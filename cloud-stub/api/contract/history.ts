/**
 * History and audit, as the web interface asks for it (C7).
 *
 *   GET /api/sessions?{sessionsQuery}                       -> session[]      newest first; a short page is the last one
 *   GET /api/sessions/{id}/audit?{sessionAuditPage}                -> auditEntry[]   newest first; those who may see the session
 *   GET /api/sessions/{id}/history                          -> sessionHistory
 *   GET /api/sessions/{id}/export?format=csv|jsonl          -> file           the session's entries; audited
 *   GET /api/audit?{auditQuery}                             -> auditEntry[]   newest first; both Administrators
 *   GET /api/audit/export?format=csv|jsonl&{auditFilter}    -> file           oldest first; audited; both Administrators
 *   GET /api/audit/key                                      -> auditKey       checks the signature of exports
 *
 * Pages follow each other by `before`: the last sequence, or the last session's id, of the page before.
 */
import { ipv4Address, port, registrationId, sessionId, timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { isStorable, NOT_STORABLE } from '../../store/storable-text.ts';
import { auditEntry, session, user } from '../contract.ts';

export const actorKind = z.enum(['users', 'gateways', 'clients', 'cloud']);
export type ActorKind = z.infer<typeof actorKind>;

const storable = z.string().refine(isStorable, NOT_STORABLE);
const search = storable.max(200);
/** Exactly as an entry has it. */
const exactly = storable.min(1).max(400);

/** Every given part has to fit. `search`: each of its words begins a word of the entry. */
export const auditFilter = z.strictObject({
  /** From this time on. */
  from: timestamp.optional(),
  /** Before this time. */
  to: timestamp.optional(),
  actor: exactly.optional(),
  kind: actorKind.optional(),
  action: exactly.optional(),
  session: sessionId.optional(),
  gateway: registrationId.optional(),
  /** An IP address. */
  origin: exactly.optional(),
  search: search.optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

const AUDIT_LIMIT = 1000;
const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

export const auditPage = z.strictObject({
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: limit(AUDIT_LIMIT, 100),
});

/** A session's own log is rarely longer than one page. */
export const sessionAuditPage = auditPage.extend({ limit: limit(AUDIT_LIMIT, AUDIT_LIMIT) });

export const auditQuery = auditFilter.extend(auditPage.shape);
export type AuditQuery = z.infer<typeof auditQuery>;

export const exportFormat = z.enum(['csv', 'jsonl']);
export type ExportFormat = z.infer<typeof exportFormat>;
export const sessionExportQuery = z.object({ format: exportFormat });
export const auditExportQuery = auditFilter.extend({ format: exportFormat });

const states = session.shape.state;

export const sessionsQuery = z.strictObject({
  /** One or several, separated by commas. */
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(states).max(states.options.length))
    .optional(),
  /** Released to this user, or started by them. */
  user: z.uuid().optional(),
  gateway: registrationId.optional(),
  /** Running at some time in `from` to `to`; one that never ran counts with its creation. */
  from: timestamp.optional(),
  to: timestamp.optional(),
  /** Each word stands in the name, reason, description, a user, device, address or gateway. */
  search: search.optional(),
  before: sessionId.optional(),
  limit: limit(200, 50),
});
export type SessionsQuery = z.infer<typeof sessionsQuery>;

/** One start of the session. */
export const sessionRun = z.strictObject({
  startedAt: timestamp,
  startedBy: user.nullable(),
  /** From which address it was started, and where the client was; null where it is not known. */
  startedFrom: z.string().nullable(),
  clientFrom: z.string().nullable(),
  clientOpenedAt: timestamp.nullable(),
  computer: z.string().nullable(),
  endedAt: timestamp.nullable(),
  /** The tunnel's address of the client in this run. */
  clientAddress: ipv4Address.nullable(),
});
export type SessionRun = z.infer<typeof sessionRun>;

/** The tunnel came, changed its path, or was lost. `by` is the end that says so. */
export const pathStep = z.strictObject({
  at: timestamp,
  by: z.string(),
  step: z.enum(['connected', 'changed', 'lost']),
  path: z.enum(['relay', 'direct']).nullable(),
});
export type PathStep = z.infer<typeof pathStep>;

/** What the gateway saw pass, or refused. */
export const sessionFlow = z.strictObject({
  gateway: registrationId.nullable(),
  /** The device at that address, where it is known today. */
  device: z.string().nullable(),
  address: ipv4Address,
  protocol: z.enum(['tcp', 'udp', 'icmp', 'other']),
  port: port.nullable(),
  refused: z.boolean(),
  openedAt: timestamp,
  /** Null while it goes on, or where the gateway did not tell. */
  closedAt: timestamp.nullable(),
  bytesToDevice: z.int().nullable(),
  bytesToClient: z.int().nullable(),
});
export type SessionFlow = z.infer<typeof sessionFlow>;

/** An entry at the time it happened: the sender's clock for what gateways and clients told, often later. */
export const historyStep = z.strictObject({ occurredAt: timestamp, entry: auditEntry });
export type HistoryStep = z.infer<typeof historyStep>;

export const sessionHistory = z.strictObject({
  session,
  /** All oldest first. */
  runs: z.array(sessionRun),
  paths: z.array(pathStep),
  flows: z.array(sessionFlow),
  steps: z.array(historyStep),
  /** False where the session has more entries than are told here; the export has them all. */
  isComplete: z.boolean(),
});
export type SessionHistory = z.infer<typeof sessionHistory>;

export const auditKey = z.strictObject({ publicKeyPem: z.string() });
