/** One request that the user asked for: whether it runs, and why the last one failed. */
import { useCallback, useRef, useState } from 'react';

export interface Action {
  readonly running: boolean;
  readonly error: unknown;
  readonly clear: () => void;
  /** Runs one at a time; fulfilled with whether it succeeded. */
  readonly run: (work: () => Promise<void>) => Promise<boolean>;
}

export function useAction(): Action {
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const busy = useRef(false);
  const clear = useCallback(() => setError(null), []);
  const run = useCallback(async (work: () => Promise<void>) => {
    if (busy.current) return false;
    busy.current = true;
    setRunning(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (caught) {
      setError(caught);
      return false;
    } finally {
      busy.current = false;
      setRunning(false);
    }
  }, []);
  return { running, error, clear, run };
}
