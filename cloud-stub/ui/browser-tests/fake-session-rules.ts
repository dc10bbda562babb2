/** How the tests' cloud answers the contract's `session-rules.ts`. */
import { endedSessions, type StartCheck, startChecks } from '../../api/contract/session-rules.ts';
import { type Session, type SessionEdit, session, type User } from '../../api/contract.ts';
import { isRunning } from '../parts/session-running.ts';
import type { FakeState } from './sample-data.ts';

export function editSession(edited: Session, wanted: SessionEdit, users: readonly User[]): Session {
  Object.assign(edited, wanted, { users: users.filter(({ id }) => wanted.users.includes(id)) });
  return session.parse(edited);
}

export function copyOf(original: Session): Session {
  return session.parse({
    ...structuredClone(original),
    id: crypto.randomUUID(),
    name: `${original.name} (2)`,
    state: 'prepared',
    stateReason: '',
    stateWhy: null,
    startedAt: null,
    startedBy: null,
    endedAt: null,
    expiresAt: null,
    progress: null,
  });
}

export function checksOf({ released, plantApproval }: Session, state: FakeState) {
  const gateways = [...new Set(released.map(({ gateway }) => gateway))];
  const checks: StartCheck[] = [
    { check: 'session', gateway: null, missing: null, blocking: true },
    { check: 'window', gateway: null, missing: null, blocking: true },
    ...gateways.map((gateway): StartCheck => {
      const isOff = state.gateways.find(({ registrationId }) => registrationId === gateway)?.state === 'off';
      const at = '2026-11-23T16:41:00.000Z';
      const message = `remoteConnect is switched off at ${gateway} since ${at}. Ask the plant to switch it on.`;
      const missing = isOff ? ({ precondition: 'remoteconnect-off', gateway, at, message } as const) : null;
      return { check: 'gateway', gateway, missing, blocking: true };
    }),
    {
      check: 'client',
      gateway: null,
      missing: {
        precondition: 'no-client-seen',
        gateway: null,
        at: null,
        message: 'You have not opened a client yet.',
      },
      blocking: false,
    },
  ];
  if (plantApproval) checks.push({ check: 'approval', gateway: null, missing: null, blocking: false });
  return startChecks.parse({ checks, clientDownload: state.clientDownload });
}

export function endAllThrough(gateway: string, state: FakeState) {
  const running = state.sessions.filter(
    (one) => isRunning(one.state) && one.released.some((release) => release.gateway === gateway),
  );
  for (const one of running) one.state = 'ended';
  return endedSessions.parse({ ended: running.length });
}
