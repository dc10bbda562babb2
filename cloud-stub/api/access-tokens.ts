/** Access tokens for automation: the store has their hash, the owner saw them once. */
import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { appendAudit } from '../store/audit-log.ts';
import type { AccessTokenTable } from '../store/schema.ts';
import type { Reader } from '../store/store.ts';
import type { Asker, Context } from './context.ts';
import type { AccessToken, IssuedToken, NewAccessToken, TokenScope } from './contract/access-tokens.ts';
import type { User } from './contract.ts';
import { Problem } from './errors.ts';
import { isSecondFactorDemanded } from './login/login-step.ts';
import { hashSecret, randomToken } from './secrets.ts';
import { userOf } from './users.ts';

/** So that a token is known for what it is wherever it turns up. */
const MARK = 'rct_';
const PREFIX_LENGTH = MARK.length + 8;
const TOKENS_LIMIT = 50;
const DAY = 24 * 60 * 60 * 1000;
/** Use is written down this often. */
const USE_RESOLUTION = 60 * 1000;

export interface TokenHolder {
  readonly user: User;
  /** By role or configuration, as for a login: what the owner has not set up, no token gets around. */
  readonly lacksSecondFactor: boolean;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
}

/** Those that still work. */
export async function listAccessTokens({ store, now }: Context, userId: string): Promise<AccessToken[]> {
  return (await working(store.read, userId, now()).execute()).map(accessTokenOf);
}

/** @throws Problem too-many-tokens */
export function issueAccessToken(
  { store, now }: Context,
  user: User,
  wanted: NewAccessToken,
  asker: Asker,
): Promise<IssuedToken> {
  const token = `${MARK}${randomToken()}`;
  const at = now();
  const expiresAt = new Date(at.getTime() + wanted.days * DAY).toISOString();
  const scopes = [...new Set(wanted.scopes)];
  return store.write(async (writer) => {
    if ((await working(writer, user.id, at).execute()).length >= TOKENS_LIMIT) throw new Problem('too-many-tokens');
    const row = await writer
      .insertInto('access_tokens')
      .values({
        id: randomUUID(),
        user_id: user.id,
        name: wanted.name,
        prefix: token.slice(0, PREFIX_LENGTH),
        token_hash: hashSecret(token),
        scopes: JSON.stringify(scopes),
        created_at: at.toISOString(),
        expires_at: expiresAt,
        last_used_at: null,
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const details = { name: wanted.name, prefix: row.prefix, scopes, expiresAt };
    await appendAudit(writer, { at: at.toISOString(), ...asker, action: 'access-token-issued', details });
    return { token, details: accessTokenOf(row) };
  });
}

/** @throws Problem not-found, also for another's token */
export async function revokeAccessToken(
  { store, now }: Context,
  userId: string,
  id: string,
  asker: Asker,
): Promise<void> {
  const at = now().toISOString();
  await store.write(async (writer) => {
    const row = await writer
      .updateTable('access_tokens')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .returning(['name', 'prefix'])
      .executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    await appendAudit(writer, { at, ...asker, action: 'access-token-revoked', details: row });
  });
}

/** Whose token this is, while it works and its owner may log in; counts as use unless `passive`. */
export async function holderOfToken(
  { store, now, configuration }: Context,
  token: string,
  passive = false,
): Promise<TokenHolder | null> {
  const at = now();
  const row = await store.read
    .selectFrom('access_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .select(['t.id as token_id', 't.name as token_name', 't.scopes', 't.last_used_at'])
    .select(['u.id', 'u.email', 'u.name', 'u.role', 'u.state', 'u.totp_secret', 'u.sso_subject'])
    .where('t.token_hash', '=', hashSecret(token))
    .where('t.revoked_at', 'is', null)
    .where('t.expires_at', '>', at.toISOString())
    .where('u.removed_at', 'is', null)
    .where('u.state', '=', 'active')
    .executeTakeFirst();
  if (row === undefined) return null;
  const unused = row.last_used_at === null || at.getTime() - Date.parse(row.last_used_at) > USE_RESOLUTION;
  if (unused && !passive)
    await store.write((writer) =>
      writer
        .updateTable('access_tokens')
        .set({ last_used_at: at.toISOString() })
        .where('id', '=', row.token_id)
        .execute(),
    );
  // The second factor of a single sign-on is its provider's.
  const hasSecondFactor = row.totp_secret !== null || row.sso_subject !== null;
  const lacksSecondFactor = !hasSecondFactor && isSecondFactorDemanded(configuration.secondFactor, row.role);
  return { user: userOf(row), lacksSecondFactor, name: row.token_name, scopes: row.scopes };
}

function working(reader: Reader, userId: string, now: Date) {
  return reader
    .selectFrom('access_tokens')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now.toISOString())
    .orderBy('created_at');
}

function accessTokenOf(row: Selectable<AccessTokenTable>): AccessToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: [...row.scopes],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
