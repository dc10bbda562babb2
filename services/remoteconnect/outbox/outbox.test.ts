import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEventDetail, auditEventBatch } from '@edgegateway/protocol/audit-event';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { Outbox } from './outbox.ts';

const SESSION = '5f0c7d6e-3f63-4c2a-9d55-0d6f6c7c1a01';
const clock = new FakeClock('2026-06-01T08:00:00.000Z');
const stopped = (reason: string): AuditEventDetail => ({ kind: 'service-stopped', reason });
const refusedFlow: AuditEventDetail = {
  kind: 'flow-refused',
  sessionId: SESSION,
  source: '100.64.0.2',
  destination: '192.168.250.9',
  protocol: 'tcp',
  port: 22,
};

let folder = '';
let opened: Outbox[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outbox-'));
});
afterEach(async () => {
  for (const outbox of opened) outbox.close();
  opened = [];
  await rm(folder, { recursive: true });
});

/** Opening it again without closing the one before is what a kill -9 leaves behind. */
function open(maximumEvents = 1000): Outbox {
  const outbox = new Outbox({ path: join(folder, 'outbox.sqlite'), clock, maximumEvents });
  opened.push(outbox);
  return outbox;
}

function sequencesOf(outbox: Outbox): number[] {
  return (outbox.next()?.events ?? []).map((event) => event.sequence);
}

describe('the queue of audit events (P2)', () => {
  it('gives events in their order, numbered from 1, as one valid batch', () => {
    const outbox = open();
    outbox.record(stopped('a'));
    outbox.record(stopped('b'));
    const batch = auditEventBatch.parse(outbox.next());
    expect(batch.events).toEqual([
      { log: outbox.log, sequence: 1, at: '2026-06-01T08:00:00.000Z', detail: stopped('a') },
      { log: outbox.log, sequence: 2, at: '2026-06-01T08:00:00.000Z', detail: stopped('b') },
    ]);
  });

  it('keeps an event until it is acknowledged', () => {
    const outbox = open();
    outbox.record(stopped('a'));
    outbox.record(stopped('b'));
    expect(outbox.next()).toEqual(outbox.next());
    outbox.acknowledge(1);
    expect(sequencesOf(outbox)).toEqual([2]);
    outbox.acknowledge(2);
    expect(outbox.next()).toBeNull();
    expect(outbox.isEmpty).toBe(true);
  });

  it('gives the same events with the same log and numbers after a kill', () => {
    const before = open();
    before.record(stopped('a'));
    before.record(stopped('b'));
    const after = open();
    expect(after.next()).toEqual(before.next());
  });

  it('goes on counting after a restart though everything was acknowledged', () => {
    const before = open();
    before.record(stopped('a'));
    before.acknowledge(1);
    const after = open();
    after.record(stopped('b'));
    expect(sequencesOf(after)).toEqual([2]);
  });

  it('tells how many events did not fit, without a gap in the numbers', () => {
    const outbox = open(2);
    for (const reason of ['a', 'b', 'c', 'd']) outbox.record(stopped(reason));
    expect(sequencesOf(outbox)).toEqual([1, 2]);
    outbox.acknowledge(1);
    expect(outbox.next()?.events.at(-1)).toMatchObject({ sequence: 3, detail: { kind: 'events-discarded', count: 2 } });
  });

  it('remembers across a kill how many events did not fit', () => {
    const before = open(1);
    before.record(stopped('a'));
    before.record(stopped('b'));
    const after = open(1);
    after.acknowledge(1);
    expect(after.next()?.events).toMatchObject([{ sequence: 2, detail: { kind: 'events-discarded', count: 1 } }]);
  });

  it('leaves room for events of sessions when flow records fill it', () => {
    const outbox = open(20);
    for (let count = 0; count < 20; count += 1) outbox.record(refusedFlow);
    outbox.record(stopped('still kept'));
    expect(outbox.next()?.events.map((event) => event.detail)).toEqual([
      ...Array.from({ length: 18 }, () => refusedFlow),
      { kind: 'events-discarded', count: 2 },
      stopped('still kept'),
    ]);
  });

  it('sends no batch that IoT Hub would refuse for its size', () => {
    const outbox = open();
    const released = Array.from({ length: 100 }, () => 'x'.repeat(60));
    for (let count = 0; count < 100; count += 1)
      outbox.record({ kind: 'session-changed', sessionId: SESSION, released });
    expect(Buffer.byteLength(JSON.stringify(outbox.next()))).toBeLessThan(200 * 1024);
  });

  it('starts a new log with a new id when its file is damaged', async () => {
    await writeFile(
      join(folder, 'outbox.sqlite'),
      'this is not a database, but it is long enough to be read as one'.repeat(100),
    );
    const outbox = open();
    outbox.record(stopped('a'));
    expect(sequencesOf(outbox)).toEqual([1]);
  });

  it('delivers every event once and in order to a receiver that remembers numbers, whatever is killed when', () => {
    const step = fc.constantFrom('record', 'deliver', 'deliver without acknowledging', 'kill');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const path = join(folder, `${randomUUID()}.sqlite`);
        let outbox = new Outbox({ path, clock });
        const recorded: string[] = [];
        const received: string[] = [];
        let last = 0;
        const deliver = () => {
          const events = outbox.next()?.events ?? [];
          for (const event of events) {
            if (event.sequence <= last) continue;
            expect(event.sequence).toBe(last + 1);
            last = event.sequence;
            received.push(event.detail.kind === 'service-stopped' ? event.detail.reason : '');
          }
          return events.at(-1)?.sequence ?? 0;
        };
        for (const [index, what] of steps.entries()) {
          if (what === 'record') {
            outbox.record(stopped(`event ${index}`));
            recorded.push(`event ${index}`);
          } else if (what === 'deliver') outbox.acknowledge(deliver());
          else if (what === 'deliver without acknowledging') deliver();
          else {
            opened.push(outbox);
            outbox = new Outbox({ path, clock });
          }
        }
        deliver();
        opened.push(outbox);
        expect(received).toEqual(recorded);
      }),
      { numRuns: 15 },
    );
  });
});
