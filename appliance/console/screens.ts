import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Log, sentenceOf } from '../log.ts';

/** Erase everything, cursor to the upper left (ECMA-48: ED, CUP). */
const CLEAR = '\u001B[2J\u001B[H';

/** It must neither become this program's controlling terminal (open(2)) nor hold it up while nobody reads. */
const FLAGS = constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK;

/** Whatever else was written to a screen is painted over. */
const REPAINT_MILLISECONDS = 60_000;

/** What each screen shows, so that one that was missing or refused gets the page as soon as it takes it. */
export class Screens {
  readonly #screens: ReadonlyMap<string, { page: string; at: number; refused: boolean }>;
  readonly #log: Log;

  constructor(paths: readonly string[], log: Log) {
    this.#screens = new Map(paths.map((path) => [path, { page: '', at: 0, refused: false }]));
    this.#log = log;
  }

  /** Paints the page where it does not stand yet. A screen that refuses is told once, and tried again with each call. */
  async show(page: string): Promise<void> {
    // A carriage return of its own: the line discipline of a serial port may not add any.
    const text = `${CLEAR}\r\n${page.replaceAll('\n', '\r\n')}\r\n`;
    await Promise.all(
      [...this.#screens].map(async ([path, screen]) => {
        const now = performance.now();
        if (screen.page === page && now - screen.at <= REPAINT_MILLISECONDS) return;
        try {
          await write(path, text);
          if (screen.refused) this.#log.info({ path }, 'a screen can be written again');
          screen.page = page;
          screen.at = now;
          screen.refused = false;
        } catch (error) {
          if (!screen.refused) this.#log.warn({ path, problem: sentenceOf(error) }, 'a screen cannot be written');
          screen.refused = true;
        }
      }),
    );
  }
}

async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, FLAGS);
  try {
    await handle.write(text);
  } finally {
    await handle.close();
  }
}
