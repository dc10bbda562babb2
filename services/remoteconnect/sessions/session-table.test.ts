import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import { gatewayConnection } from '@edgegateway/protocol/gateway-bus';
import { beforeEach, describe, expect, it } from 'vitest';
import { desired, key, NEXT_SWITCH_ON, OTHER_SESSION_ID, SESSION_ID, SWITCH_ON, session } from '../testing/desired.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { SessionTable, type SessionTableOptions } from './session-table.ts';

const NOW = '2026-06-01T08:00:00.000Z';
let clock = new FakeClock(NOW);
let events: AuditEventDetail[] = [];

function table(changes: Partial<Omit<SessionTableOptions, 'clock' | 'record'>> = {}): SessionTable {
  const known = { ended: new Map(), decisions: new Map(), taken: new Map(), switchOnId: SWITCH_ON, ...changes };
  return new SessionTable({ clock, ...known, record: (event) => events.push(event) });
}

function running(of: SessionTable): string[] {
  return of.plan().sessions.map((entry) => entry.sessionId);
}

beforeEach(() => {
  clock = new FakeClock(NOW);
  events = [];
});

describe('the sessions of a gateway', () => {
  it('run when the cloud wants them, and end when it takes them back (C1)', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    expect(running(sessions)).toEqual([SESSION_ID]);
    sessions.setDesired(desired(2, {}));
    expect(running(sessions)).toEqual([]);
    expect(events).toEqual([
      {
        kind: 'session-configured',
        sessionId: SESSION_ID,
        clientPublicKey: key(1),
        released: ['192.168.250.10 tcp 80'],
      },
      { kind: 'session-removed', sessionId: SESSION_ID, reason: 'the cloud ended it' },
    ]);
  });

  it('are told once, however often the same is read', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    expect(events).toHaveLength(1);
  });

  it('take up a changed whitelist without ending (C6)', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.setDesired(desired(2, { [SESSION_ID]: session({ released: [{ address: '192.168.250.11' }] }) }));
    expect(sessions.plan().sessions[0]?.released).toEqual([{ address: '192.168.250.11' }]);
    expect(events.at(-1)).toEqual({ kind: 'session-changed', sessionId: SESSION_ID, released: ['192.168.250.11'] });
  });

  it('end when their time is over, though the wall clock was set back', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    clock.setWall('2026-01-01T00:00:00.000Z');
    clock.pass(3_600_000);
    expect(sessions.expire()).toBe(true);
    expect(running(sessions)).toEqual([]);
    expect(sessions.states()[SESSION_ID]).toMatchObject({ state: 'failed', reason: 'its time is over' });
    expect(events.at(-1)).toEqual({ kind: 'session-removed', sessionId: SESSION_ID, reason: 'its time is over' });
  });

  it('do not get more time from being read again after the clock was set back', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    clock.setWall('2026-01-01T00:00:00.000Z');
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    clock.pass(3_600_000);
    sessions.expire();
    expect(running(sessions)).toEqual([]);
  });

  it('do not start where their address is that of the router, and that is told once (K03, K04)', () => {
    const sessions = table();
    const router = { what: "this gateway's router", address: '100.64.0.2', side: 'outside' } as const;
    sessions.setTakenAddresses({ single: [router], networks: [] });
    sessions.setDesired(
      desired(1, {
        [SESSION_ID]: session(),
        [OTHER_SESSION_ID]: session({ clientAddress: '100.64.0.3', clientPublicKey: key(2) }),
      }),
    );
    sessions.setDesired(
      desired(2, {
        [SESSION_ID]: session(),
        [OTHER_SESSION_ID]: session({ clientAddress: '100.64.0.3', clientPublicKey: key(2) }),
      }),
    );
    expect(running(sessions)).toEqual([OTHER_SESSION_ID]);
    const reason = "the tunnel's address 100.64.0.2 is the address of this gateway's router";
    expect(sessions.states()[SESSION_ID]).toMatchObject({ state: 'failed', reason });
    expect(events.filter(({ kind }) => kind === 'session-removed')).toEqual([
      { kind: 'session-removed', sessionId: SESSION_ID, reason },
    ]);
  });

  it('do not start when their time is over already', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session({ expiresAt: '2026-06-01T07:59:59.000Z' }) }));
    expect(running(sessions)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('that the plant ended stay ended until the cloud removes them (G4)', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    expect(sessions.end(SESSION_ID, 'plant operator')).toBe(true);
    expect(sessions.end(SESSION_ID, 'plant operator')).toBe(false);
    sessions.setDesired(desired(2, { [SESSION_ID]: session({ expiresAt: '2026-06-01T10:00:00.000Z' }) }));
    expect(running(sessions)).toEqual([]);
    expect(sessions.states()[SESSION_ID]).toMatchObject({
      state: 'failed',
      reason: 'ended by the plant (plant operator)',
    });
    expect(events.slice(1)).toEqual([{ kind: 'session-ended-locally', sessionId: SESSION_ID, by: 'plant operator' }]);
    sessions.setDesired(desired(3, {}));
    expect(sessions.ended.size).toBe(0);
  });

  it('that the plant ended run when they are started anew, even if the end of the run before was never seen (C4)', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.end(SESSION_ID, 'plant operator');
    const { ended, taken } = sessions;
    const started = desired(2, { [SESSION_ID]: session({ signallingSecret: key(8) }) });
    for (const goingOn of [table({ ended, taken }), sessions]) {
      goingOn.setDesired(started);
      expect(running(goingOn)).toEqual([SESSION_ID]);
      expect(goingOn.ended.size).toBe(0);
    }
  });

  it('that the plant ended do not come back with a restart of the service (G4)', () => {
    const sessions = table({ ended: new Map([[SESSION_ID, 'plant operator']]) });
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    expect(running(sessions)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('that the plant ended do not come back through a configuration that cannot be read (G4)', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.end(SESSION_ID, 'plant operator');
    sessions.setDesired({ version: 2, properties: { remoteConnect: 'nonsense' } });
    sessions.setDesired(desired(3, { [SESSION_ID]: session() }));
    expect(running(sessions)).toEqual([]);
  });

  it('that ran when the plant switched off have ended with it, whatever the cloud has heard (G4)', () => {
    const before = table();
    before.setDesired(desired(1, { [SESSION_ID]: session() }));
    events = [];
    const sessions = table({ taken: before.taken, switchOnId: NEXT_SWITCH_ON });
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.setDesired(desired(2, { [SESSION_ID]: session({ expiresAt: '2026-06-01T10:00:00.000Z' }) }));
    expect(running(sessions)).toEqual([]);
    const reason = 'ended by the plant (switched off)';
    expect(sessions.states()[SESSION_ID]).toMatchObject({ state: 'failed', reason });
    expect(events).toEqual([{ kind: 'session-removed', sessionId: SESSION_ID, reason }]);
    const { taken, ended } = sessions;
    const restarted = table({ taken, ended, switchOnId: NEXT_SWITCH_ON });
    restarted.setDesired(desired(2, { [SESSION_ID]: session() }));
    expect(running(restarted)).toEqual([]);
  });

  it('that were started while the plant had it off run when it is on again', () => {
    const before = table();
    before.setDesired(desired(1, { [SESSION_ID]: session() }));
    const sessions = table({ taken: before.taken, switchOnId: NEXT_SWITCH_ON });
    const other = session({ clientPublicKey: key(2), clientAddress: '100.64.0.3' });
    sessions.setDesired(desired(2, { [SESSION_ID]: session({ signallingSecret: key(8) }), [OTHER_SESSION_ID]: other }));
    expect(running(sessions)).toEqual([SESSION_ID, OTHER_SESSION_ID]);
  });

  it('are refused alone when they are not valid, and that is told once', () => {
    const sessions = table();
    const wishes = desired(7, { [SESSION_ID]: session(), [OTHER_SESSION_ID]: session() });
    sessions.setDesired(wishes);
    sessions.setDesired({ ...wishes, version: 8 });
    expect(running(sessions)).toEqual([SESSION_ID]);
    expect(sessions.states()[OTHER_SESSION_ID]).toMatchObject({ state: 'failed' });
    expect(events.filter((event) => event.kind === 'configuration-refused')).toMatchObject([{ version: 7 }]);
  });

  it('end when their configuration becomes invalid', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.setDesired({ version: 2, properties: { remoteConnect: 'nonsense' } });
    expect(running(sessions)).toEqual([]);
    expect(events.map((event) => event.kind)).toEqual([
      'session-configured',
      'session-removed',
      'configuration-refused',
    ]);
  });

  it('that come to another client end for the first one', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.setDesired(desired(2, { [SESSION_ID]: session({ clientPublicKey: key(3) }) }));
    expect(events.map((event) => event.kind)).toEqual(['session-configured', 'session-removed', 'session-configured']);
  });

  it('keep the time of a state until the state changes', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    expect(sessions.states()[SESSION_ID]).toEqual({ state: 'prepared', since: NOW });
    clock.pass(5000);
    expect(sessions.states()[SESSION_ID]).toEqual({ state: 'prepared', since: NOW });
    sessions.setProblem('No module.');
    expect(sessions.states()[SESSION_ID]).toEqual({
      state: 'failed',
      reason: 'No module.',
      since: '2026-06-01T08:00:05.000Z',
    });
  });

  it('are shown to the AMS with their traffic', () => {
    const sessions = table();
    sessions.setDesired(desired(1, { [SESSION_ID]: session() }));
    sessions.setPeers([
      {
        id: SESSION_ID,
        publicKey: key(1),
        state: 'connected',
        path: 'relay',
        relayReason: 'nat-gateway',
        relay: 'relay0.w-eu',
        roundTripMs: null,
        mtu: 1200,
        connectedSince: Date.parse(NOW),
        latestHandshakeAt: Date.parse(NOW),
        receivedBytes: 5,
        sentBytes: 6,
      },
    ]);
    expect(sessions.connections().map((entry) => gatewayConnection.parse(entry))).toMatchObject([
      {
        ...{ sessionId: SESSION_ID, state: 'connected', path: 'relay', relayReason: 'nat-gateway', mtu: 1200 },
        ...{ connectedSince: NOW, receivedBytes: 5, sentBytes: 6 },
      },
    ]);
  });
});
