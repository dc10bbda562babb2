/** The lists of the tests' cloud, filtered as the contract says, and the history of its sessions. */
import { type AuditQuery, auditQuery, type SessionHistory, sessionsQuery } from '../../api/contract/history.ts';
import type { AuditEntry, Session } from '../../api/contract.ts';
import { flowsOf, pathsOf, stepsOf } from '../../api/history/timeline.ts';
import type { FakeState } from './sample-data.ts';

export function listedSessions(state: FakeState, parameters: URLSearchParams): Session[] {
  const query = sessionsQuery.parse(Object.fromEntries(parameters));
  const from = query.before === undefined ? 0 : state.sessions.findIndex(({ id }) => id === query.before) + 1;
  const words = (query.search ?? '').toLowerCase().split(/\s+/);
  return state.sessions
    .slice(from)
    .filter((session) => query.state === undefined || query.state.includes(session.state))
    .filter(({ released }) => query.gateway === undefined || released.some(({ gateway }) => gateway === query.gateway))
    .filter(({ users }) => query.user === undefined || users.some(({ id }) => id === query.user))
    .filter((session) => words.every((word) => JSON.stringify(session).toLowerCase().includes(word)))
    .slice(0, query.limit);
}

export function listedAudit(state: FakeState, parameters: URLSearchParams): AuditEntry[] {
  const query = auditQuery.parse(Object.fromEntries(parameters));
  return state.audit.filter((entry) => fits(entry, query)).slice(0, query.limit);
}

function fits(entry: AuditEntry, query: AuditQuery): boolean {
  const words = (query.search ?? '').toLowerCase().split(/\s+/);
  return (
    entry.sequence < (query.before ?? Number.POSITIVE_INFINITY) &&
    (query.action === undefined || entry.action === query.action) &&
    (query.gateway === undefined || entry.gateway === query.gateway) &&
    (query.session === undefined || entry.sessionId === query.session) &&
    (query.from === undefined || entry.at >= query.from) &&
    (query.to === undefined || entry.at < query.to) &&
    words.every((word) => JSON.stringify(entry).toLowerCase().includes(word))
  );
}

export function historyOf(state: FakeState, session: Session): SessionHistory {
  const steps = stepsOf(state.audit.filter(({ sessionId }) => sessionId === session.id));
  const deviceAt = (registrationId: string | null, address: string) =>
    state.gateways
      .find((gateway) => gateway.registrationId === registrationId)
      ?.devices.find((device) => device.address === address)?.name ?? null;
  const run = {
    startedAt: session.startedAt ?? '',
    startedBy: session.startedBy,
    ...{ startedFrom: '203.0.113.7', clientFrom: '198.51.100.24', clientAddress: '100.64.0.2' },
    clientOpenedAt: session.progress?.ticketRedeemedAt ?? null,
    computer: session.progress?.computer ?? null,
    endedAt: session.endedAt,
  };
  return {
    session,
    runs: session.startedAt === null ? [] : [run],
    paths: pathsOf(steps),
    flows: flowsOf(steps, deviceAt),
    steps,
    isComplete: true,
  };
}
