/** Changing what a session releases (C6); one that runs follows without a new connection. */
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { Asker, Context } from '../context.ts';
import type { NewRelease, User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { answerUntil, settleApprovals } from './approvals.ts';
import type { ClientChannels } from './client-channels.ts';
import { requireRoom } from './configurations.ts';
import type { Deadlines } from './deadlines.ts';
import type { DesiredWriter } from './desired-writer.ts';
import { checkReleased, withoutRepeats, writeReleased } from './prepare-session.ts';
import {
  currentRun,
  gatewaysIn,
  type RunRow,
  releasesOf,
  releaseTexts,
  requireSession,
  type SessionRow,
} from './session-queries.ts';
import { joinGateways } from './start-session.ts';

export interface ChangeParts {
  readonly context: Context;
  readonly desired: DesiredWriter;
  readonly channels: ClientChannels;
  readonly deadlines: Deadlines;
}

/** @throws Problem as `checkReleased`; gateway-not-ready, gateway-full for a running session */
export async function changeReleased(
  { context, desired, channels, deadlines }: ChangeParts,
  sessionId: string,
  wanted: readonly NewRelease[],
  user: User,
  asker: Asker,
): Promise<void> {
  const released = withoutRepeats(wanted);
  const { runId, gateways } = await context.store.write(async (writer) => {
    const session = await requireSession(writer, sessionId, user, 'change-sessions');
    await checkReleased(context, writer, released);
    const before = (await releasesOf(writer, sessionId)).map(({ gateway }) => gateway);
    await writeReleased(writer, sessionId, released);
    const at = context.now().toISOString();
    const details = { released: releaseTexts(released) };
    await appendAudit(writer, { at, ...asker, action: 'session-changed', sessionId, details });
    const run = await currentRun(writer, session);
    const after = gatewaysIn(released);
    if (run !== null) await followRun(context, writer, session, run, before, after);
    return { runId: run?.id ?? null, gateways: [...before, ...after] };
  });
  if (runId !== null) {
    await desired.refresh(gateways);
    await channels.pushConfiguration(runId);
    await deadlines.arm();
  }
  context.changes.tell({ topic: 'sessions', id: sessionId });
}

async function followRun(
  context: Context,
  writer: Writer,
  session: SessionRow,
  run: RunRow,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const added = after.filter((gateway) => !before.includes(gateway));
  const removed = before.filter((gateway) => !after.includes(gateway));
  for (const gateway of added) {
    const row = await writer
      .selectFrom('gateways')
      .select('report')
      .where('registration_id', '=', gateway)
      .executeTakeFirst();
    if (row?.report === null || row?.report === undefined) throw new Problem('gateway-not-ready');
  }
  if (removed.length > 0)
    await writer.deleteFrom('run_gateways').where('run_id', '=', run.id).where('gateway', 'in', removed).execute();
  const hasClient = run.client_public_key !== null;
  const isAsked = session.plant_approval && hasClient;
  await joinGateways(writer, run.id, added, isAsked ? answerUntil(context.now()) : null);
  // Whose answer was waited for may be gone.
  await settleApprovals(writer, session, run.id);
  if (hasClient) await requireRoom(context, writer, after);
}
