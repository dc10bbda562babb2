/** Creating a session and changing what it releases (C3, C6). */
import { randomUUID } from 'node:crypto';
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { Asker, Context } from '../context.ts';
import type { NewRelease, NewSession } from '../contract.ts';
import { Problem } from '../errors.ts';
import { firstSharedAddress, mappingsOf } from './distinct-addresses.ts';
import { firstInTheWay } from './occupied-addresses.ts';
import { gatewaysIn, releaseTexts } from './session-queries.ts';
import { rulesForAudit, validityColumns } from './session-rules.ts';

const GATEWAYS_LIMIT = 20;

/**
 * @returns the new session's id
 * @throws Problem unknown-user, or as `checkReleased`
 */
export async function createSession(context: Context, wanted: NewSession, asker: Asker): Promise<string> {
  const id = randomUUID();
  const at = context.now().toISOString();
  const released = withoutRepeats(wanted.released);
  const users = [...new Set(wanted.users)];
  await context.store.write(async (writer) => {
    await checkReleased(context, writer, released);
    await checkUsers(writer, users);
    await writer
      .insertInto('sessions')
      .values({
        id,
        name: wanted.name,
        description: wanted.description,
        reason: wanted.reason,
        maximum_minutes: wanted.maximumMinutes,
        ...validityColumns(wanted.validity),
        plant_approval: wanted.plantApproval,
        created_at: at,
        created_by: asker.actor,
        state: 'prepared',
        state_reason: '',
        run_id: null,
      })
      .execute();
    await writeReleased(writer, id, released);
    await writeUsers(writer, id, users);
    await appendAudit(writer, {
      at,
      ...asker,
      action: 'session-created',
      sessionId: id,
      details: {
        name: wanted.name,
        reason: wanted.reason,
        released: releaseTexts(released),
        users: await emailsOf(writer, users),
        maximumMinutes: wanted.maximumMinutes,
        ...rulesForAudit(wanted),
      },
    });
  });
  return id;
}

export function withoutRepeats(released: readonly NewRelease[]): NewRelease[] {
  return [...new Map(released.map((release) => [keyOf(release), release])).values()];
}

function keyOf({ gateway, target }: NewRelease): string {
  return [gateway, target.address, target.protocol, target.port].join(' ');
}

/** @throws Problem unknown-gateway, same-address-twice, address-in-the-way, too-many-gateways */
export async function checkReleased(context: Context, writer: Writer, released: readonly NewRelease[]): Promise<void> {
  const gateways = gatewaysIn(released);
  if (gateways.length > GATEWAYS_LIMIT) throw new Problem('too-many-gateways');
  const known = await writer
    .selectFrom('gateways')
    .select(['registration_id', 'report'])
    .where('registration_id', 'in', gateways)
    .where('admission', '<>', 'waiting')
    .execute();
  if (known.length !== gateways.length) throw new Problem('unknown-gateway');
  const mapped = await mappingsOf(writer, gateways);
  const shared = firstSharedAddress(released, mapped);
  if (shared !== null) throw new Problem('same-address-twice', { detail: shared });
  const reports = new Map(known.map(({ registration_id, report }) => [registration_id, report]));
  const clash = firstInTheWay(context, released, mapped, reports);
  if (clash !== null) throw new Problem('address-in-the-way', { detail: clash.sentence });
}

export async function writeReleased(writer: Writer, sessionId: string, released: readonly NewRelease[]): Promise<void> {
  await writer.deleteFrom('session_releases').where('session_id', '=', sessionId).execute();
  await writer
    .insertInto('session_releases')
    .values(
      released.map(({ gateway, target }, position) => ({
        session_id: sessionId,
        position,
        gateway,
        address: target.address,
        protocol: target.protocol ?? null,
        port: target.port ?? null,
      })),
    )
    .execute();
}

export async function writeUsers(writer: Writer, sessionId: string, users: readonly string[]): Promise<void> {
  await writer.deleteFrom('session_users').where('session_id', '=', sessionId).execute();
  for (const user of users)
    await writer.insertInto('session_users').values({ session_id: sessionId, user_id: user }).execute();
}

/** @throws Problem unknown-user */
export async function checkUsers(writer: Writer, users: readonly string[]): Promise<void> {
  if (users.length === 0) return;
  const known = await writer
    .selectFrom('users')
    .select('id')
    .where('id', 'in', users)
    .where('removed_at', 'is', null)
    .execute();
  if (known.length !== users.length) throw new Problem('unknown-user');
}

export async function emailsOf(writer: Writer, users: readonly string[]): Promise<string[]> {
  if (users.length === 0) return [];
  const rows = await writer.selectFrom('users').select('email').where('id', 'in', users).orderBy('email').execute();
  return rows.map(({ email }) => email);
}
