/** Writes a session's next standing, by the table of states; a plant's words in it as far as they can be kept. */
import { storableText, storableValue } from '../../store/storable-text.ts';
import type { Writer } from '../../store/store.ts';
import type { SessionRow } from './session-queries.ts';
import { nextStanding, type SessionEvent, type SessionStanding } from './session-state.ts';

/**
 * @param runId the run that begins with it, if one does
 * @returns null where the event has no meaning in the session's state, and nothing was written
 */
export async function moveSession(
  writer: Writer,
  session: Pick<SessionRow, 'id' | 'state'>,
  event: SessionEvent,
  runId?: string,
): Promise<SessionStanding | null> {
  const standing = nextStanding(session.state, event);
  if (standing === null) return null;
  await writer
    .updateTable('sessions')
    .set({
      state: standing.state,
      state_reason: storableText(standing.stateReason),
      state_why: standing.why === null ? null : JSON.stringify(storableValue(standing.why)),
      ...(runId === undefined ? {} : { run_id: runId }),
    })
    .where('id', '=', session.id)
    .execute();
  return standing;
}
