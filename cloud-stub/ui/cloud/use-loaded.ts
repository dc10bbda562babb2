/** Something loaded from the cloud, and loaded again whenever one of its topics changes. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { changes, type Topic } from './change-stream.ts';

export type Loaded<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly value: Value }
  | { readonly state: 'failed'; readonly error: unknown };

export interface LoadedHook<Value> {
  readonly loaded: Loaded<Value>;
  readonly reload: () => void;
  /** Takes over what a request just answered, without waiting for the event stream. */
  readonly replace: (value: Value) => void;
}

const LOADING = { state: 'loading' } as const;

/**
 * `key` names what is loaded; another key starts anew. Changes that arrive during a load cause one more load after
 * it, however many they are. A failed reload keeps what was there.
 */
export function useLoaded<Value>(
  key: string,
  topics: readonly Topic[],
  load: (signal: AbortSignal) => Promise<Value>,
): LoadedHook<Value> {
  const [held, setHeld] = useState<{ key: string; loaded: Loaded<Value> }>({ key, loaded: LOADING });
  const latest = useRef({ load, topics });
  const trigger = useRef<() => void>(() => undefined);
  useEffect(() => {
    latest.current = { load, topics };
  });

  useEffect(() => {
    const owner = new AbortController();
    let running = false;
    let again = false;
    async function run(): Promise<void> {
      if (running) {
        again = true;
        return;
      }
      running = true;
      do {
        again = false;
        const loaded = await latest.current.load(owner.signal).then(
          (value): Loaded<Value> => ({ state: 'loaded', value }),
          (error: unknown): Loaded<Value> => ({ state: 'failed', error }),
        );
        if (owner.signal.aborted) return;
        setHeld((before) =>
          loaded.state === 'failed' && before.key === key && before.loaded.state === 'loaded'
            ? before
            : { key, loaded },
        );
      } while (again);
      running = false;
    }
    trigger.current = () => void run();
    const unsubscribe = changes.subscribe((topic) => {
      if (topic === null || latest.current.topics.includes(topic)) void run();
    });
    void run();
    return () => {
      unsubscribe();
      owner.abort();
    };
  }, [key]);

  const reload = useCallback(() => trigger.current(), []);
  const replace = useCallback((value: Value) => setHeld({ key, loaded: { state: 'loaded', value } }), [key]);
  return { loaded: held.key === key ? held.loaded : LOADING, reload, replace };
}
