/**
 * The desired properties as sessions. What is not valid does not run: a session alone where only it is wrong, all of
 * them where what they share is wrong.
 */
import {
  type GatewayConfiguration,
  type GatewaySession,
  gatewayConfiguration,
  gatewaySession,
} from '@edgegateway/protocol/gateway-configuration';
import { sessionId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { clip } from '../../errors.ts';

/** What all sessions of a gateway share. */
export type SessionNetwork = Pick<GatewayConfiguration, 'tunnelAddress' | 'relays' | 'stunServers'>;

export interface RefusedSession {
  /** Null where the key is no session id: such a session cannot be reported. */
  readonly sessionId: string | null;
  /** A plain sentence, at most 200 characters. */
  readonly reason: string;
}

export interface DesiredSessions {
  /** Null: the gateway is given no configuration, or none that can be used. */
  readonly network: SessionNetwork | null;
  readonly sessions: ReadonlyMap<string, GatewaySession>;
  readonly refused: readonly RefusedSession[];
}

const NOTHING: DesiredSessions = { network: null, sessions: new Map(), refused: [] };

const envelope = gatewayConfiguration.extend({ sessions: z.record(z.string(), z.unknown()) });

/** Reads `desired` of the twin, whatever it is; never throws. */
export function readDesiredSessions(desired: Readonly<Record<string, unknown>>): DesiredSessions {
  const own = desired['remoteConnect'];
  if (own === undefined) return NOTHING;
  const shared = envelope.safeParse(own);
  if (!shared.success) return { ...NOTHING, refused: [{ sessionId: null, reason: reasonOf(shared.error) }] };
  const { tunnelAddress, relays, stunServers } = shared.data;
  const sessions = new Map<string, GatewaySession>();
  const refused: RefusedSession[] = [];
  const taken = new Map([[tunnelAddress, 'the gateway']]);
  // Sorted, so that of two sessions in each other's way it is always the same one that runs.
  for (const [key, value] of Object.entries(shared.data.sessions).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const id = sessionId.safeParse(key).data ?? null;
    const session = gatewaySession.safeParse(value);
    if (id === null) refused.push({ sessionId: null, reason: 'a session has an id that is none' });
    else if (!session.success) refused.push({ sessionId: id, reason: reasonOf(session.error) });
    else {
      const { clientAddress, clientPublicKey } = session.data;
      const owner = taken.get(clientAddress) ?? taken.get(clientPublicKey);
      if (owner !== undefined)
        refused.push({ sessionId: id, reason: `its address or key is already that of ${owner}` });
      else {
        sessions.set(id, session.data);
        taken.set(clientAddress, `session ${id}`).set(clientPublicKey, `session ${id}`);
      }
    }
  }
  return { network: { tunnelAddress, relays, stunServers }, sessions, refused };
}

/** The first problem of a schema, in one line; values stay out of it, for they may be secrets. */
function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it is not valid';
  const where = issue.path.filter((part) => !sessionId.safeParse(part).success).join('.');
  return clip(`${where === '' ? 'it' : where}: ${issue.message}`, 200);
}
