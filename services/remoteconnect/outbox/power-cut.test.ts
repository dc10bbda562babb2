/**
 * P2: what a loss of power leaves of the queue. After a commit that waits for the disk everything up to it is there; of
 * what was written since, the disk may have any beginning.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { FakeClock } from '../testing/fake-clock.ts';
import { Outbox } from './outbox.ts';

const clock = new FakeClock('2026-06-01T08:00:00.000Z');
const stopped = (reason: string): AuditEventDetail => ({ kind: 'service-stopped', reason });
/** Of PRAGMA synchronous (sqlite.org/pragma.html): a commit waits for the disk. */
const FULL = 2;

let folder = '';
let opened: Outbox[] = [];

/** The files of one queue, as the program sees them, and which part of them the disk is sure to have. */
class Computer {
  outbox: Outbox;
  readonly #maximumEvents: number;
  #path = '';
  #sureBytes = 0;

  constructor(maximumEvents: number) {
    this.#maximumEvents = maximumEvents;
    this.outbox = this.#start();
  }

  /** To be called after every commit. */
  committed(database: DatabaseSync): void {
    const { synchronous } = z.object({ synchronous: z.int() }).parse(database.prepare('PRAGMA synchronous').get());
    if (synchronous === FULL) this.#sureBytes = this.#logBytes();
  }

  /** How many bytes the disk may have or not. */
  get unsureBytes(): number {
    return this.#logBytes() - this.#sureBytes;
  }

  /** @param kept so many of the unsure bytes have reached the disk */
  cutPower(kept: number): void {
    const before = this.#path;
    const log = readFileSync(`${before}-wal`).subarray(0, this.#sureBytes + kept);
    this.outbox = this.#start((path) => {
      // Too little was written for a checkpoint: all that changed is in the write-ahead log.
      cpSync(before, path);
      writeFileSync(`${path}-wal`, log);
    });
  }

  #start(prepare: (path: string) => void = () => undefined): Outbox {
    this.#path = join(mkdtempSync(join(folder, 'disk-')), 'outbox.sqlite');
    prepare(this.#path);
    const outbox = new Outbox({ path: this.#path, clock, maximumEvents: this.#maximumEvents });
    opened.push(outbox);
    this.#sureBytes = this.#logBytes();
    return outbox;
  }

  #logBytes(): number {
    return statSync(`${this.#path}-wal`).size;
  }
}

const committed = vi.fn<(database: DatabaseSync) => void>();
const exec: (this: DatabaseSync, statements: string) => void = Reflect.get(DatabaseSync.prototype, 'exec');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'power-cut-'));
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function watched(this: DatabaseSync, statements) {
    exec.call(this, statements);
    if (statements === 'COMMIT') committed(this);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  committed.mockReset();
  for (const outbox of opened) outbox.close();
  opened = [];
  rmSync(folder, { recursive: true });
});

function start(maximumEvents = 1000): Computer {
  const computer = new Computer(maximumEvents);
  committed.mockImplementation((database) => computer.committed(database));
  return computer;
}

const sequencesOf = ({ outbox }: Computer) => (outbox.next()?.events ?? []).map(({ sequence }) => sequence);

test('an event that was written down is there', () => {
  const subject = start();
  subject.outbox.record(stopped('a'));
  expect(subject.unsureBytes).toBe(0);
  subject.cutPower(0);
  expect(sequencesOf(subject)).toEqual([1]);
});

test('wherever power is lost after an acknowledgement, what it was about leaves again under its numbers, or is gone', () => {
  const unsure = (() => {
    const subject = start();
    for (const reason of ['a', 'b', 'c']) subject.outbox.record(stopped(reason));
    subject.outbox.acknowledge(2);
    return subject.unsureBytes;
  })();
  expect(unsure).toBeGreaterThan(0);
  for (let kept = 0; kept <= unsure; kept += Math.ceil(unsure / 40)) {
    const subject = start();
    for (const reason of ['a', 'b', 'c']) subject.outbox.record(stopped(reason));
    subject.outbox.acknowledge(2);
    subject.cutPower(kept);
    expect([[1, 2, 3], [3]]).toContainEqual(sequencesOf(subject));
    subject.outbox.record(stopped('d'));
    expect(sequencesOf(subject).at(-1)).toBe(4);
  }
});

test('an acknowledgement that makes an event of what did not fit is not lost with it', () => {
  const subject = start(1);
  subject.outbox.record(stopped('a'));
  subject.outbox.record(stopped('does not fit'));
  subject.outbox.acknowledge(1);
  expect(subject.unsureBytes).toBe(0);
  subject.cutPower(0);
  expect(sequencesOf(subject)).toEqual([2]);
});

test('every event arrives once and in order at a receiver that remembers numbers, whenever power is lost', () => {
  const step = fc.oneof(
    fc.constantFrom('record' as const, 'deliver' as const, 'deliver without acknowledging' as const),
    fc.record({ keptShare: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const subject = start();
      const recorded: string[] = [];
      const received: string[] = [];
      let last = 0;
      const deliver = () => {
        const events = subject.outbox.next()?.events ?? [];
        for (const { sequence, detail } of events) {
          if (sequence <= last) continue;
          expect(sequence).toBe(last + 1);
          last = sequence;
          received.push(detail.kind === 'service-stopped' ? detail.reason : '');
        }
        return events.at(-1)?.sequence ?? 0;
      };
      for (const [index, what] of steps.entries()) {
        if (what === 'record') {
          subject.outbox.record(stopped(`event ${index}`));
          recorded.push(`event ${index}`);
        } else if (what === 'deliver') subject.outbox.acknowledge(deliver());
        else if (what === 'deliver without acknowledging') deliver();
        else subject.cutPower(Math.floor(subject.unsureBytes * what.keptShare));
      }
      deliver();
      expect(received).toEqual(recorded);
    }),
    { numRuns: 25 },
  );
});
