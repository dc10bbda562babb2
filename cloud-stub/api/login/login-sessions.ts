/** Logins, kept on the server: the browser has a random id in a cookie, the store its hash. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LoginTable } from '../../store/schema.ts';
import type { Reader, Writer } from '../../store/store.ts';
import type { Context } from '../context.ts';
import type { User } from '../contract.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import { userOf } from '../users.ts';
import { type LoginStep, loginStep } from './login-step.ts';

/** `__Host-`: sent over TLS to this very host only (RFC 6265bis section 4.1.3.2). */
export const LOGIN_COOKIE = '__Host-remoteconnect';

export const LOGIN_COOKIE_OPTIONS = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

const IDLE_LIMIT = 60 * 60 * 1000;
const ABSOLUTE_LIMIT = 12 * 60 * 60 * 1000;
/** How long the second step may take. */
const CODE_LIMIT = 10 * 60 * 1000;
/** Use is written down this often. */
const USE_RESOLUTION = 60 * 1000;
const BROWSER_LENGTH = 300;

export interface ActiveLogin {
  readonly idHash: string;
  readonly user: User;
  readonly method: LoginTable['method'];
  readonly step: LoginStep;
}

/** @returns the id for the cookie */
export async function createLogin(
  writer: Writer,
  userId: string,
  request: FastifyRequest,
  how: Pick<LoginTable, 'method' | 'second_factor_at'>,
  now: Date,
): Promise<string> {
  const id = randomToken();
  const at = now.toISOString();
  const oldest = new Date(now.getTime() - ABSOLUTE_LIMIT).toISOString();
  await writer.deleteFrom('logins').where('created_at', '<', oldest).execute();
  await writer
    .insertInto('logins')
    .values({
      ...how,
      id_hash: hashSecret(id),
      id: randomUUID(),
      user_id: userId,
      created_at: at,
      last_used_at: at,
      address: request.ip,
      browser: (request.headers['user-agent'] ?? '').slice(0, BROWSER_LENGTH),
    })
    .execute();
  return id;
}

export function setLoginCookie(reply: FastifyReply, id: string): void {
  reply.setCookie(LOGIN_COOKIE, id, LOGIN_COOKIE_OPTIONS);
}

export async function endLogin(writer: Writer, id: string): Promise<void> {
  await writer.deleteFrom('logins').where('id_hash', '=', hashSecret(id)).execute();
}

/** All of a user, or all but one. */
export async function endLogins(writer: Writer, userId: string, exceptIdHash?: string): Promise<void> {
  let logins = writer.deleteFrom('logins').where('user_id', '=', userId);
  if (exceptIdHash !== undefined) logins = logins.where('id_hash', '<>', exceptIdHash);
  await logins.execute();
}

/** A login that is neither idle nor old, of a user who may log in; counts as use unless `passive`. */
export async function findLogin(context: Context, id: string, passive = false): Promise<ActiveLogin | null> {
  const now = context.now();
  const idHash = hashSecret(id);
  const row = await selectLogin(context.store.read, idHash);
  if (row === undefined) return null;
  const facts = {
    method: row.method,
    role: row.role,
    hasSecondFactor: row.totp_secret !== null,
    secondFactorShown: row.second_factor_at !== null,
  };
  const step = loginStep(facts, context.configuration.secondFactor);
  const idle = now.getTime() - Date.parse(row.last_used_at);
  const age = now.getTime() - Date.parse(row.login_created_at);
  if (idle > IDLE_LIMIT || age > (step === 'code' ? CODE_LIMIT : ABSOLUTE_LIMIT)) return null;
  if (idle > USE_RESOLUTION && !passive)
    await context.store.write((writer) =>
      writer.updateTable('logins').set({ last_used_at: now.toISOString() }).where('id_hash', '=', idHash).execute(),
    );
  return { idHash, user: userOf(row), method: row.method, step };
}

/** The user of a login that has come all the way, for whoever keeps a connection open. */
export async function userOfLogin(context: Context, id: string, passive = false): Promise<User | null> {
  const login = await findLogin(context, id, passive);
  return login?.step === 'done' ? login.user : null;
}

function selectLogin(reader: Reader, idHash: string) {
  return reader
    .selectFrom('logins as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select(['u.id', 'u.email', 'u.name', 'u.role', 'u.state', 'u.totp_secret'])
    .select(['l.method', 'l.second_factor_at', 'l.last_used_at', 'l.created_at as login_created_at'])
    .where('l.id_hash', '=', idHash)
    .where('u.removed_at', 'is', null)
    .where('u.state', '=', 'active')
    .executeTakeFirst();
}

/** Since when a login counts as ended for having been idle or old. */
export function liveSince(now: Date): { readonly created: string; readonly used: string } {
  return {
    created: new Date(now.getTime() - ABSOLUTE_LIMIT).toISOString(),
    used: new Date(now.getTime() - IDLE_LIMIT).toISOString(),
  };
}
