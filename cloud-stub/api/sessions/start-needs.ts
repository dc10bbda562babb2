/** Looks up what the start of a session by a user needs. */
import type { Reader } from '../../store/store.ts';
import type { Context } from '../context.ts';
import type { User } from '../contract.ts';
import { gatewayState } from '../gateway-state.ts';
import { hasRoom, targetOf, type WantedRun } from './configurations.ts';
import { mappingsOf } from './distinct-addresses.ts';
import { firstInTheWay } from './occupied-addresses.ts';
import { runEnd } from './run-end.ts';
import { gatewaysIn, type RunRow, releasesOf, type SessionRow } from './session-queries.ts';
import { validityOf } from './session-rules.ts';
import type { NeededGateway, StartNeeds } from './start-preconditions.ts';

/** @param run of the session that goes on, or null */
export async function startNeeds(
  context: Context,
  reader: Reader,
  session: SessionRow,
  run: RunRow | null,
  user: User,
  now: Date,
): Promise<StartNeeds> {
  const opened = await reader
    .selectFrom('session_runs')
    .select('id')
    .where('started_by', '=', user.id)
    .where('ticket_redeemed_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return {
    isInUse: run !== null && run.ticket_redeemed_at !== null,
    validity: validityOf(session),
    gateways: await neededGateways(context, reader, {
      sessionId: session.id,
      name: session.name,
      reason: session.reason,
      plantApproval: session.plant_approval,
      user: user.name,
      email: user.email,
      expiresAt: runEnd(validityOf(session), session.maximum_minutes, now).expiresAt,
    }),
    hasClient: opened !== undefined,
    plantApproval: session.plant_approval,
  };
}

async function neededGateways(context: Context, reader: Reader, run: WantedRun): Promise<NeededGateway[]> {
  const releases = (await releasesOf(reader, run.sessionId)).map((row) => ({
    gateway: row.gateway,
    target: targetOf(row),
  }));
  const wanted = gatewaysIn(releases);
  const mapped = await mappingsOf(reader, wanted);
  const rows = await reader.selectFrom('gateways').selectAll().where('registration_id', 'in', wanted).execute();
  return Promise.all(
    wanted.map(async (registrationId): Promise<NeededGateway> => {
      const row = rows.find(({ registration_id }) => registration_id === registrationId);
      if (row === undefined)
        return { registrationId, name: registrationId, state: 'never', hasRoom: true, inTheWay: null, since: null };
      const isConnected = context.hub.isConnected(registrationId);
      const state = gatewayState(row.report, row.last_seen_at, isConnected, row.admission);
      return {
        registrationId,
        name: row.name,
        state,
        hasRoom: state !== 'online' || (await hasRoom(context, reader, registrationId, run)),
        inTheWay: firstInTheWay(
          context,
          releases.filter(({ gateway }) => gateway === registrationId),
          mapped,
          new Map([[registrationId, row.report]]),
        ),
        since: state === 'off' ? row.switched_at : row.last_seen_at,
      };
    }),
  );
}
