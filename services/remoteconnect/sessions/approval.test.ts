/** P3: what the plant has to approve, and what it then says. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import { gatewayConnection } from '@edgegateway/protocol/gateway-bus';
import { gatewaySessionState } from '@edgegateway/protocol/gateway-configuration';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desired, key, OTHER_SESSION_ID, SESSION_ID, SWITCH_ON, session } from '../testing/desired.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type PlantDecision, PlantDecisionsFile } from './plant-decisions.ts';
import { SessionTable } from './session-table.ts';

const NOW = '2026-06-01T08:00:00.000Z';
const TEN_MINUTES = 600_000;
const APPROVAL = { email: 'tina@service.example', reason: 'Ticket 4711', until: '2026-06-01T08:10:00.000Z' };

let clock = new FakeClock(NOW);
let events: AuditEventDetail[] = [];
let sessions = table();

function table(decisions: ReadonlyMap<string, PlantDecision> = new Map()): SessionTable {
  const known = { ended: new Map(), decisions, taken: new Map(), switchOnId: SWITCH_ON };
  return new SessionTable({ clock, ...known, record: (event) => events.push(event) });
}

function ask(of: SessionTable, version = 1, changes: Parameters<typeof session>[0] = {}): void {
  of.setDesired(desired(version, { [SESSION_ID]: session({ approval: APPROVAL, ...changes }) }));
}

const runs = (of: SessionTable) => of.plan().sessions.length > 0;
const state = (of: SessionTable) => gatewaySessionState.parse(of.states()[SESSION_ID]);
const kinds = () => events.map(({ kind }) => kind);

beforeEach(() => {
  clock = new FakeClock(NOW);
  events = [];
  sessions = table();
});

describe('P3: a session that the plant has to approve', () => {
  it('waits, is in no plan, and says what is asked', () => {
    ask(sessions);
    expect(runs(sessions)).toBe(false);
    expect(state(sessions)).toMatchObject({ state: 'waiting-for-approval', clientPublicKey: key(1) });
    const [connection] = sessions.connections().map((one) => gatewayConnection.parse(one));
    expect(connection).toMatchObject({
      state: 'waiting-for-approval',
      approval: { email: 'tina@service.example', reason: 'Ticket 4711', approvedBy: null },
    });
    expect(events).toEqual([
      { kind: 'approval-asked', sessionId: SESSION_ID, clientPublicKey: key(1), until: APPROVAL.until },
    ]);
  });

  it('runs once the plant has said yes, and tells by whom', () => {
    ask(sessions);
    expect(sessions.approve(SESSION_ID, key(1), 'shift lead')).toBe(true);
    expect(runs(sessions)).toBe(true);
    expect(state(sessions)).toMatchObject({ state: 'prepared', decidedBy: 'shift lead' });
    expect(sessions.connections()[0]?.approval?.approvedBy).toBe('shift lead');
    expect(kinds()).toEqual(['approval-asked', 'approval-given', 'session-configured']);
  });

  it('does not run once the plant has said no, and tells its words', () => {
    ask(sessions);
    expect(sessions.refuse(SESSION_ID, key(1), 'shift lead', 'The line is running.')).toBe(true);
    expect(sessions.approve(SESSION_ID, key(1), 'shift lead')).toBe(false);
    expect(runs(sessions)).toBe(false);
    expect(state(sessions)).toMatchObject({
      state: 'refused',
      reason: 'The line is running.',
      decidedBy: 'shift lead',
    });
    expect(kinds()).toEqual(['approval-asked', 'approval-refused']);
  });

  it('lapses at the end of its time, though the clock was set back, and cannot be approved then', () => {
    ask(sessions);
    clock.setWall('2026-01-01T00:00:00.000Z');
    clock.pass(TEN_MINUTES);
    expect(sessions.approve(SESSION_ID, key(1), 'shift lead')).toBe(false);
    expect(sessions.expire()).toBe(true);
    expect(state(sessions)).toMatchObject({ state: 'failed', reason: 'the plant did not answer in time' });
    ask(sessions, 2);
    expect(runs(sessions)).toBe(false);
  });

  it('goes on after the time for an answer is over, once it was approved', () => {
    ask(sessions);
    sessions.approve(SESSION_ID, key(1), 'shift lead');
    clock.pass(TEN_MINUTES);
    sessions.expire();
    expect(runs(sessions)).toBe(true);
  });

  it('is asked for anew for another client', () => {
    ask(sessions);
    sessions.approve(SESSION_ID, key(1), 'shift lead');
    ask(sessions, 2, { clientPublicKey: key(2) });
    expect(runs(sessions)).toBe(false);
    expect(sessions.approve(SESSION_ID, key(1), 'shift lead')).toBe(false);
    expect(sessions.approve(SESSION_ID, key(2), 'shift lead')).toBe(true);
  });

  it('takes up changed devices without being asked for again (C6)', () => {
    ask(sessions);
    sessions.approve(SESSION_ID, key(1), 'shift lead');
    ask(sessions, 2, { released: [{ address: '192.168.250.11' }] });
    expect(sessions.plan().sessions[0]?.released).toEqual([{ address: '192.168.250.11' }]);
    expect(kinds().at(-1)).toBe('session-changed');
  });

  it('can be ended by the plant while it waits (G4)', () => {
    ask(sessions);
    expect(sessions.end(SESSION_ID, 'plant operator')).toBe(true);
    expect(sessions.approve(SESSION_ID, key(1), 'shift lead')).toBe(false);
  });

  it('is neither asked for twice nor let in by mistake after a restart of the service', () => {
    ask(sessions);
    sessions.approve(SESSION_ID, key(1), 'shift lead');
    const again = table(sessions.decisions);
    ask(again);
    expect(runs(again)).toBe(true);
    const other = table(new Map([[SESSION_ID, { decision: 'approved', clientPublicKey: key(3), by: 'shift lead' }]]));
    ask(other);
    expect(runs(other)).toBe(false);
  });

  it('is forgotten once the cloud has removed it', () => {
    ask(sessions);
    sessions.refuse(SESSION_ID, key(1), 'shift lead', '');
    sessions.setDesired(desired(2, { [OTHER_SESSION_ID]: session() }));
    expect(sessions.decisions.size).toBe(0);
  });

  it('never runs without a yes to its present client, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('ask' as const), client: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ what: fc.constant('approve' as const), client: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ what: fc.constant('refuse' as const), client: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ what: fc.constant('take back' as const), client: fc.constant(0) }),
      fc.record({ what: fc.constant('restart' as const), client: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let subject = table();
        let present = 0;
        let approved = 0;
        for (const [at, { what, client }] of steps.entries()) {
          if (what === 'ask') {
            ask(subject, at + 1, { clientPublicKey: key(client) });
            present = client;
          } else if (what === 'approve') {
            if (subject.approve(SESSION_ID, key(client), 'x')) approved = client;
          } else if (what === 'refuse') {
            if (subject.refuse(SESSION_ID, key(client), 'x', '')) approved = 0;
          } else if (what === 'take back') {
            subject.setDesired(desired(at + 1, {}));
            present = 0;
            approved = 0;
          } else {
            subject = table(subject.decisions);
            if (present !== 0) ask(subject, at + 1, { clientPublicKey: key(present) });
          }
          expect(runs(subject)).toBe(present !== 0 && approved === present);
        }
      }),
    );
  });
});

describe('what the plant has said, on disk', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'decisions-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is known after a restart', async () => {
    const path = join(folder, 'plant-decisions.json');
    const decisions = new Map<string, PlantDecision>([
      [SESSION_ID, { decision: 'refused', clientPublicKey: key(1), by: 'shift lead', words: 'not today' }],
    ]);
    await new PlantDecisionsFile(path).write(decisions);
    expect(await new PlantDecisionsFile(path).read()).toEqual(decisions);
  });

  it('is not taken for nothing when the file is damaged', async () => {
    const path = join(folder, 'plant-decisions.json');
    await writeFile(path, `{"${SESSION_ID}": {"decision": "approved"}}`);
    await expect(new PlantDecisionsFile(path).read()).rejects.toMatchObject({ code: 'plant-decisions-invalid' });
  });
});
