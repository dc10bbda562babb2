/** What the processes on one database tell each other (PostgreSQL's LISTEN and NOTIFY). The teller hears it too. */
import { sql } from 'kysely';
import type { Reader, Writer } from './store.ts';

export interface NoticeListener {
  heard(text: string): void;
  /** The line was broken and is whole again: anything may have been told meanwhile. */
  missed(): void;
}

export interface Notices {
  /**
   * Everything that is told after this is fulfilled is heard.
   * @returns ends the listening
   */
  listen(listener: NoticeListener): Promise<() => Promise<void>>;
}

/** Also named in the migrations' triggers. */
export const NOTICE_CHANNEL = 'remoteconnect_cloud';

/** Heard once the transaction is committed; at once outside of one. `text` has less than 8000 bytes. */
export async function sendNotice(database: Reader | Writer, text: string): Promise<void> {
  await sql`select pg_notify(${NOTICE_CHANNEL}, ${text})`.execute(database);
}
