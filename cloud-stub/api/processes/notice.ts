/** What the processes of one cloud tell each other through their database. */
import { registrationId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { change } from '../contract.ts';

export const notice = z.discriminatedUnion('kind', [
  /** For the event streams. `from` is the process that has told its own already. */
  z.strictObject({ kind: z.literal('changes'), from: z.uuid(), changes: z.array(change) }),
  /** Told by a trigger: a run, its releases or its gateways are no longer the same. */
  z.strictObject({ kind: z.literal('run'), runId: z.uuid() }),
  /** Told by a trigger: gateways wait in `hub_work`. */
  z.strictObject({ kind: z.literal('hub-work') }),
  /** A gateway's connection to the hub, seen by the process that leads. */
  z.strictObject({ kind: z.literal('connection'), from: z.uuid(), registrationId, connected: z.boolean() }),
  /** Another process leads, and no gateway is connected to it yet. */
  z.strictObject({ kind: z.literal('new-leader'), from: z.uuid() }),
  /** The client of this run has opened its channel at another process. */
  z.strictObject({ kind: z.literal('channel'), from: z.uuid(), runId: z.uuid() }),
]);
export type Notice = z.infer<typeof notice>;

export function parseNotice(text: string): Notice | null {
  try {
    return notice.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
