/** A list that comes page by page, newest first, and is loaded again when one of its topics changes. */
import { useRef } from 'react';
import type { Topic } from './change-stream.ts';
import { type Action, useAction } from './use-action.ts';
import { type Loaded, useLoaded } from './use-loaded.ts';

export interface Pages<Item> {
  readonly items: readonly Item[];
  /** Whether the oldest one has been reached. */
  readonly complete: boolean;
}

export interface PagesHook<Item> {
  readonly loaded: Loaded<Pages<Item>>;
  readonly reload: () => void;
  readonly older: Action;
  readonly loadOlder: () => Promise<void>;
}

export interface PagesOptions<Item> {
  /** Names what is listed, filters and all; another key starts anew. */
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly size: number;
  /** What one request may ask for at most: a list grown longer is shortened to it when it changes. */
  readonly most: number;
  readonly load: (last: Item | null, limit: number, signal?: AbortSignal) => Promise<readonly Item[]>;
}

export function usePages<Item>({ key, topics, size, most, load }: PagesOptions<Item>): PagesHook<Item> {
  const held = useRef<{ readonly key: string; readonly pages: Pages<Item> } | null>(null);
  const older = useAction();
  const { loaded, reload, replace } = useLoaded(key, topics, async (signal): Promise<Pages<Item>> => {
    const count = held.current?.key === key ? held.current.pages.items.length : 0;
    const limit = Math.min(Math.max(count, size), most);
    const items = await load(null, limit, signal);
    const pages = { items, complete: items.length < limit };
    held.current = { key, pages };
    return pages;
  });
  async function loadOlder(): Promise<void> {
    await older.run(async () => {
      const last = held.current?.pages.items.at(-1) ?? null;
      const page = await load(last, size);
      if (held.current?.key !== key || held.current.pages.items.at(-1) !== last) return;
      const pages = { items: [...held.current.pages.items, ...page], complete: page.length < size };
      held.current = { key, pages };
      replace(pages);
    });
  }
  return { loaded, reload, older, loadOlder };
}
