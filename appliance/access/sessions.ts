/**
 * The logins, in memory: none outlives the AMS, and none lies on a disk. Ids are kept hashed, so that a memory image gives
 * nobody a cookie.
 */
import { createHash } from 'node:crypto';
import type { SessionStore } from '@fastify/session';
import type { Session as FastifySession } from 'fastify';
import type { Now } from '../timing.ts';

export const IDLE_MILLISECONDS = 15 * 60_000;
export const ABSOLUTE_MILLISECONDS = 8 * 60 * 60_000;
const MAXIMUM_SESSIONS = 100;

interface Entry {
  readonly session: FastifySession;
  readonly createdAt: number;
  usedAt: number;
  readonly onEnd: Set<() => void>;
}

export class Sessions implements SessionStore {
  readonly #now: Now;
  readonly #entries = new Map<string, Entry>();

  /** @param now a clock that only runs forward, in milliseconds */
  constructor(now: Now) {
    this.#now = now;
  }

  set(id: string, session: FastifySession, callback: (error?: unknown) => void): void {
    const key = keyOf(id);
    const now = this.#now();
    const before = this.#entries.get(key);
    this.#entries.set(key, {
      session,
      createdAt: before?.createdAt ?? now,
      usedAt: now,
      onEnd: before?.onEnd ?? new Set(),
    });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAXIMUM_SESSIONS && oldest.done !== true) this.#end(oldest.value);
    callback();
  }

  get(id: string, callback: (error: unknown, session?: FastifySession | null) => void): void {
    const key = keyOf(id);
    const entry = this.#live(key);
    if (entry !== null) entry.usedAt = this.#now();
    callback(null, entry?.session ?? null);
  }

  destroy(id: string, callback: (error?: unknown) => void): void {
    this.#end(keyOf(id));
    callback();
  }

  /** Without counting as a use. */
  isAlive(id: string): boolean {
    return this.#live(keyOf(id)) !== null;
  }

  /** Calls `listener` once when this login ends, however it ends. */
  whenEnded(id: string, listener: () => void): () => void {
    const onEnd = this.#live(keyOf(id))?.onEnd;
    onEnd?.add(listener);
    return () => onEnd?.delete(listener);
  }

  destroyAllBut(id: string | null): void {
    const kept = id === null ? null : keyOf(id);
    for (const key of this.#entries.keys()) if (key !== kept) this.#end(key);
  }

  #live(key: string): Entry | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const now = this.#now();
    if (now - entry.usedAt < IDLE_MILLISECONDS && now - entry.createdAt < ABSOLUTE_MILLISECONDS) return entry;
    this.#end(key);
    return null;
  }

  #end(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    for (const listener of entry?.onEnd ?? []) listener();
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
