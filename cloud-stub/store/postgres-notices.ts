/** LISTEN on a connection of its own, made again whenever it breaks. */
import pg from 'pg';
import { NOTICE_CHANNEL, type NoticeListener, type Notices } from './notices.ts';

const RETRY_MILLISECONDS = 1000;

export function postgresNotices(connection: pg.ClientConfig): Notices {
  return {
    async listen(listener) {
      const line = new NoticeLine(connection, listener);
      await line.open();
      return () => line.close();
    },
  };
}

class NoticeLine {
  readonly #connection: pg.ClientConfig;
  readonly #listener: NoticeListener;
  #client: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(connection: pg.ClientConfig, listener: NoticeListener) {
    this.#connection = connection;
    this.#listener = listener;
  }

  async open(): Promise<void> {
    const client = new pg.Client(this.#connection);
    this.#client = client;
    client.on('notification', ({ payload }) => this.#listener.heard(payload ?? ''));
    // `end` follows and does the rest.
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`listen ${NOTICE_CHANNEL}`);
    client.once('end', () => this.#tryLater());
    if (this.#closed) await client.end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#client?.end();
  }

  #tryLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.open().then(
        () => this.#listener.missed(),
        () => {
          void this.#client?.end();
          this.#tryLater();
        },
      );
    }, RETRY_MILLISECONDS);
  }
}
