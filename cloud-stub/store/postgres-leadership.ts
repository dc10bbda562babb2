/**
 * An advisory lock that a connection holds as long as it lives: the database gives it back when its process dies. The
 * same question keeps watch over the connection.
 */
import pg from 'pg';
import type { Candidate, Compete } from './leadership.ts';

/** Any number; it only has to be the same for all who compete. */
const LEADER_LOCK = 7_201_535;
const WATCH_MILLISECONDS = 1000;
const ANSWER_MILLISECONDS = 5000;

export function competeOnPostgres(connection: pg.ClientConfig): Compete {
  return async (candidate) => {
    const competitor = new Competitor(connection, candidate);
    try {
      await competitor.watch();
    } catch (error) {
      await competitor.stop();
      throw error;
    }
    return () => competitor.stop();
  };
}

class Competitor {
  readonly #connection: pg.ClientConfig;
  readonly #candidate: Candidate;
  #client: pg.Client | null = null;
  #leads = false;
  #stopped = false;
  #next: NodeJS.Timeout | null = null;
  #watching: Promise<void> = Promise.resolve();

  constructor(connection: pg.ClientConfig, candidate: Candidate) {
    this.#connection = connection;
    this.#candidate = candidate;
  }

  /** Looks once, and again and again until `stop`. Rejects only where this process was to begin to lead and could not. */
  async watch(): Promise<void> {
    try {
      const holds = await this.#asked();
      if (holds && !this.#leads) {
        this.#leads = true;
        await this.#candidate.gained();
      }
    } finally {
      if (!this.#stopped)
        this.#next = setTimeout(() => {
          this.#watching = this.watch().catch(() => this.#resign());
        }, WATCH_MILLISECONDS);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#next !== null) clearTimeout(this.#next);
    await this.#watching;
    await this.#resign();
  }

  async #asked(): Promise<boolean> {
    try {
      this.#client ??= await this.#connected();
      if (this.#leads) {
        await this.#client.query('select 1');
        return true;
      }
      const { rows } = await this.#client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
        LEADER_LOCK,
      ]);
      return rows[0]?.held === true;
    } catch {
      await this.#resign();
      return false;
    }
  }

  async #connected(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#connection,
      query_timeout: ANSWER_MILLISECONDS,
      connectionTimeoutMillis: ANSWER_MILLISECONDS,
    });
    // The next question finds it out.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** What this process leads is ended before another can begin. */
  async #resign(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (this.#leads) {
      this.#leads = false;
      await this.#candidate.lost();
    }
    await client?.end().catch(() => undefined);
  }
}
