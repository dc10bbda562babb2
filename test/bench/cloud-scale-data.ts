/**
 * Fills a cloud's store with the history of an organisation: 10,000 sessions of three years, and a million entries of the audit log
 * in one valid chain. Rows are made here and inserted by the thousand; the log's indexes are made anew afterwards.
 */
import { type ChainedEntry } from '@edgegateway/cloud-stub/audit/audit-chain';
import { type NewAuditEntry, nextEntry, rowOf } from '@edgegateway/cloud-stub/store/audit-log';
import type { Store } from '@edgegateway/cloud-stub/store/store';
import { sql } from 'kysely';

export const SIZE = {
  users: 50,
  gateways: 200,
  devices: 10,
  sessions: 10_000,
  entries: 1_000_000,
  running: 40,
} as const;

const BATCH = 5000;
const START = Date.parse('2023-01-01T00:00:00.000Z');
const STEP = Math.floor((3 * 365 * 24 * 60 * 60 * 1000) / SIZE.entries);

/** The same every time. */
export const uuid = (kind: number, number: number) =>
  `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const USER = 1;
export const SESSION = 2;
const RUN = 3;

export const gatewayOf = (number: number) => `gw-plant-${number % SIZE.gateways}`;
const addressOf = (number: number) => `192.168.${number % 250}.${10 + (number % SIZE.devices)}`;
export const actorOf = (number: number) =>
  `Technician ${number % SIZE.users} <technician${number % SIZE.users}@service.example>`;
export const originOf = (number: number) => `203.0.113.${number % 200}`;
export const timeOf = (entry: number) => new Date(START + entry * STEP).toISOString();

/** Entries that one session has, and those between that belong to none. */
const OF_A_SESSION = Math.floor((SIZE.entries * 0.9) / SIZE.sessions);
const AROUND = SIZE.entries / SIZE.sessions;

export async function fillStore(store: Store, tell: (text: string) => void): Promise<void> {
  await fillPeople(store);
  await fillSessions(store);
  tell(`${SIZE.sessions} sessions stand in the store`);
  const indexes = await dropIndexes(store);
  await fillAudit(store, tell);
  for (const index of indexes) await sql.raw(index).execute(store.read);
  tell('the indexes of the audit log are made');
  await sql`vacuum analyze`.execute(store.read);
}

async function fillPeople({ read }: Store): Promise<void> {
  const at = timeOf(0);
  await read
    .insertInto('users')
    .values(
      Array.from({ length: SIZE.users }, (_, number) => ({
        id: uuid(USER, number),
        email: `technician${number}@service.example`,
        name: `Technician ${number}`,
        ...({
          role: 'remoteconnect-user',
          state: 'active',
          password_hash: null,
          created_at: at,
          removed_at: null,
          totp_last_step: 0,
        } as const),
      })),
    )
    .execute();
  await read
    .insertInto('gateways')
    .values(
      Array.from({ length: SIZE.gateways }, (_, number) => ({
        registration_id: gatewayOf(number),
        name: `Plant ${number}`,
        certificate: 'none',
        tunnel_address: `100.64.200.${number}`,
        ...{ created_at: at, last_seen_at: null, report: null },
      })),
    )
    .execute();
  await read
    .insertInto('devices')
    .values(
      Array.from({ length: SIZE.gateways * SIZE.devices }, (_, number) => ({
        id: uuid(4, number),
        gateway: gatewayOf(number),
        name: `Machine ${number}`,
        kind: 'controller' as const,
        services: '[]',
        notes: '',
        address: `192.168.${number % 250}.${10 + Math.floor(number / SIZE.gateways)}`,
      })),
    )
    .execute();
}

async function fillSessions({ read }: Store): Promise<void> {
  for (let first = 0; first < SIZE.sessions; first += BATCH / 5) {
    const numbers = Array.from({ length: BATCH / 5 }, (_, index) => first + index);
    const at = (number: number, entries: number) => timeOf(number * AROUND + entries);
    const isRunning = (number: number) => number >= SIZE.sessions - SIZE.running;
    await read
      .insertInto('sessions')
      .values(
        numbers.map((number) => ({
          id: uuid(SESSION, number),
          name: `Repair ${number} of line ${number % 37}`,
          description: 'The line stops after about two hours.',
          reason: `Ticket ${100_000 + number}`,
          maximum_minutes: 90,
          created_at: at(number, 0),
          created_by: actorOf(0),
          state: isRunning(number) ? ('active' as const) : ('ended' as const),
          state_reason: '',
          run_id: null,
        })),
      )
      .execute();
    await read
      .insertInto('session_releases')
      .values(
        numbers.flatMap((number) =>
          [0, 1, 2].map((position) => ({
            ...{ session_id: uuid(SESSION, number), position, gateway: gatewayOf(number) },
            ...{ address: addressOf(number + position), protocol: null, port: null },
          })),
        ),
      )
      .execute();
    await read
      .insertInto('session_users')
      .values(
        numbers.flatMap((number) =>
          [0, 7].map((other) => ({
            session_id: uuid(SESSION, number),
            user_id: uuid(USER, (number + other) % SIZE.users),
          })),
        ),
      )
      .execute();
    await read
      .insertInto('session_runs')
      .values(
        numbers.map((number) => ({
          ...{ id: uuid(RUN, number), session_id: uuid(SESSION, number), started_by: uuid(USER, number % SIZE.users) },
          started_at: at(number, 2),
          ticket_expires_at: at(number, 3),
          expires_at: isRunning(number) ? '2999-01-01T00:00:00.000Z' : at(number, 60),
          ended_at: isRunning(number) ? null : at(number, 50),
          ticket_redeemed_at: at(number, 3),
          ...{ computer: `PC-${number % 90}`, client_public_key: null, client_address: null, event_token_hash: null },
          peers: '[]',
        })),
      )
      .execute();
  }
  await sql`update sessions set run_id = r.id from session_runs r where r.session_id = sessions.id`.execute(read);
  await sql`insert into run_gateways select r.id, s.gateway, 'secret' from session_runs r
    join session_releases s on s.session_id = r.session_id and s.position = 0`.execute(read);
}

/** @returns what makes them again */
async function dropIndexes({ read }: Store): Promise<string[]> {
  const { rows } = await sql<{ name: string; made: string }>`select indexname as name, indexdef as made from pg_indexes
    where tablename = 'audit' and indexname <> 'audit_pkey'`.execute(read);
  for (const { name } of rows) await sql.raw(`drop index ${name}`).execute(read);
  return rows.map(({ made }) => made);
}

async function fillAudit({ read }: Store, tell: (text: string) => void): Promise<void> {
  const newest = await read
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .executeTakeFirst();
  let last: Pick<ChainedEntry, 'sequence' | 'hash'> | null = newest ?? null;
  for (let first = 0; first < SIZE.entries; first += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, index) => {
      const entry = nextEntry(auditEntry(first + index), last);
      last = entry;
      const row = rowOf(entry);
      return { ...row, details: JSON.parse(row.details) as unknown };
    });
    await sql`insert into audit (sequence, at, actor, origin, action, session_id, gateway, details, previous_hash, hash, words)
      select sequence, at, actor, origin, action, session_id, gateway, details, previous_hash, hash, words::tsvector
      from json_to_recordset(${JSON.stringify(rows)}::json) as rows (sequence bigint, at text, actor text, origin text, action text,
        session_id uuid, gateway text, details jsonb, previous_hash text, hash text, words text)`.execute(read);
    if ((first + BATCH) % 200_000 === 0) tell(`${first + BATCH} entries of the audit log stand in the store`);
  }
}

function auditEntry(number: number): NewAuditEntry {
  const session = Math.floor(number / AROUND);
  const step = number % AROUND;
  const at = timeOf(number);
  const person = { actor: actorOf(session), origin: originOf(session) };
  const sessionId = uuid(SESSION, session);
  const gateway = gatewayOf(session);
  if (step >= OF_A_SESSION) return { at, ...person, action: step % 2 === 0 ? 'logged-in' : 'logged-out' };
  if (step === 0)
    return { at, ...person, action: 'session-created', sessionId, details: { name: `Repair ${session}` } };
  if (step === 2)
    return { at, ...person, action: 'session-started', sessionId, details: { name: `Repair ${session}` } };
  if (step === OF_A_SESSION - 1)
    return { at, ...person, action: 'session-ended', sessionId, details: { reason: 'Ended.', outcome: 'ended' } };
  if (step % 3 === 0)
    return {
      at,
      actor: `client PC-${session % 90}`,
      origin: originOf(session),
      action: 'path-changed',
      sessionId,
      details: { path: 'direct', occurredAt: at, log: uuid(5, session), sequence: step },
    };
  const flow = { source: '100.64.0.2', destination: addressOf(number), protocol: 'tcp', port: 502 + (step % 5) };
  return {
    at,
    actor: `gateway ${gateway}`,
    action: step % 50 === 1 ? 'flow-refused' : 'flow-opened',
    ...{ sessionId, gateway },
    details: { sessionId, ...flow, occurredAt: at, log: uuid(6, session), sequence: step },
  };
}
