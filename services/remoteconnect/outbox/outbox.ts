/**
 * The queue of audit events between this gateway and the cloud (P2).
 *
 * INVARIANTS
 * - An event that `record` has returned for survives any death of the process and a loss of power.
 * - The numbers of one log have no gap and never come twice, whatever is killed in between.
 * - Events leave in order, and only when the cloud has acknowledged them.
 * - The size is bounded. What does not fit is counted, and the count itself becomes an event as soon as there is room.
 */
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  type AuditEvent,
  type AuditEventBatch,
  type AuditEventDetail,
  auditEventDetail,
} from '@edgegateway/protocol/audit-event';
import { z } from 'zod';
import { ServiceError, sentenceOf } from '../../errors.ts';
import { type Clock, timestampOf } from '../../timing.ts';

export interface OutboxOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Told after every event that was added. */
  readonly onAdded?: () => void;
  readonly maximumEvents?: number;
}

/** About 10 MB, and a day of a busy session. */
const MAXIMUM_EVENTS = 20_000;

/** Flow records leave this share free: a scan of the plant network must not push out who was connected. */
const RESERVED_SHARE = 0.1;

const BATCH_EVENTS = 100;

/** A device-to-cloud message of IoT Hub carries 256 KB, properties included. */
const BATCH_BYTES = 128 * 1024;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS log (id TEXT NOT NULL, sequence INTEGER NOT NULL, discarded INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS event (sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
`;

/** Result codes of SQLite for a file that is not, or no longer, a database (sqlite.org/rescode.html). */
const DAMAGED: ReadonlySet<unknown> = new Set([11, 26]);

const logRow = z.object({ id: z.uuid(), sequence: z.int().min(0), discarded: z.int().min(0) });
const eventRow = z.object({ sequence: z.int().min(1), at: z.string(), detail: z.string() });

export class Outbox {
  /** A random id of this queue; numbers count within it. */
  readonly log: string;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #onAdded: () => void;
  readonly #maximumEvents: number;
  readonly #insert: StatementSync;
  #sequence: number;
  #discarded: number;
  #queued: number;

  /** @throws ServiceError 'outbox-unusable' */
  constructor(options: OutboxOptions) {
    this.#clock = options.clock;
    this.#onAdded = options.onAdded ?? (() => undefined);
    this.#maximumEvents = options.maximumEvents ?? MAXIMUM_EVENTS;
    try {
      this.#database = openDatabase(options.path);
      const state = logRow.parse(this.#database.prepare('SELECT id, sequence, discarded FROM log').get());
      this.log = state.id;
      this.#sequence = state.sequence;
      this.#discarded = state.discarded;
      const count = this.#database.prepare('SELECT count(*) AS queued FROM event').get();
      this.#queued = z.object({ queued: z.int() }).parse(count).queued;
      this.#insert = this.#database.prepare('INSERT INTO event (sequence, at, detail) VALUES (?, ?, ?)');
    } catch (cause) {
      throw unusable(cause);
    }
  }

  get isEmpty(): boolean {
    return this.#queued === 0;
  }

  /**
   * Writes an event down, durably, before it returns.
   * @throws ServiceError 'outbox-unusable'
   */
  record(detail: AuditEventDetail): void {
    this.#change(() => {
      const events = this.#discarded === 0 ? 1 : 2;
      if (this.#queued + events > this.#roomFor(detail)) this.#discarded += 1;
      else {
        this.#tellDiscarded();
        this.#append(detail);
      }
    });
    this.#onAdded();
  }

  /** The oldest events that are not acknowledged, in order; null when there are none. Nothing is removed. */
  next(): AuditEventBatch | null {
    const rows = this.#database
      .prepare('SELECT sequence, at, detail FROM event ORDER BY sequence LIMIT ?')
      .all(BATCH_EVENTS);
    const events: AuditEvent[] = [];
    let bytes = 0;
    for (const row of rows) {
      const { sequence, at, detail } = eventRow.parse(row);
      bytes += detail.length * 3;
      if (events.length > 0 && bytes > BATCH_BYTES) break;
      events.push({ log: this.log, sequence, at, detail: auditEventDetail.parse(JSON.parse(detail)) });
    }
    return events.length === 0 ? null : { events };
  }

  /**
   * The cloud has every event up to and including this number. A loss of power may take this back: the same events then
   * leave again under the same numbers. Waiting for the disk would hold up a session that is being set up.
   * @throws ServiceError 'outbox-unusable'
   */
  acknowledge(sequence: number): void {
    // A new event has a new number, which must not be lost.
    const mayBeLost = this.#discarded === 0;
    if (mayBeLost) this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#change(() => {
        const { changes } = this.#database.prepare('DELETE FROM event WHERE sequence <= ?').run(sequence);
        this.#queued -= Number(changes);
        if (this.#queued < this.#maximumEvents) this.#tellDiscarded();
      });
    } finally {
      if (mayBeLost) this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  close(): void {
    this.#database.close();
  }

  #roomFor(detail: AuditEventDetail): number {
    const isFlow = detail.kind.startsWith('flow-');
    return isFlow ? Math.floor(this.#maximumEvents * (1 - RESERVED_SHARE)) : this.#maximumEvents;
  }

  /** Stands before everything that comes after the events it counts. */
  #tellDiscarded(): void {
    if (this.#discarded === 0) return;
    this.#append({ kind: 'events-discarded', count: this.#discarded });
    this.#discarded = 0;
  }

  #append(detail: AuditEventDetail): void {
    this.#sequence += 1;
    this.#insert.run(this.#sequence, timestampOf(this.#clock.wall()), JSON.stringify(detail));
    this.#queued += 1;
  }

  /** One transaction; the counters in memory follow only what was written. */
  #change(work: () => void): void {
    const before = [this.#sequence, this.#discarded, this.#queued] as const;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      work();
      this.#database.prepare('UPDATE log SET sequence = ?, discarded = ?').run(this.#sequence, this.#discarded);
      this.#database.exec('COMMIT');
    } catch (cause) {
      [this.#sequence, this.#discarded, this.#queued] = before;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw unusable(cause);
    }
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    return openSound(path);
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && DAMAGED.has(error.errcode))) throw error;
    // Kept for whoever investigates; the new queue has a new log id, so no number comes twice.
    renameSync(path, `${path}.damaged`);
    return openSound(path);
  }
}

function openSound(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    database.exec(SCHEMA);
    if (database.prepare('SELECT 1 FROM log').get() === undefined)
      database.prepare('INSERT INTO log (id, sequence, discarded) VALUES (?, 0, 0)').run(randomUUID());
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function unusable(cause: unknown): ServiceError {
  return new ServiceError('outbox-unusable', sentenceOf(cause), { cause });
}
