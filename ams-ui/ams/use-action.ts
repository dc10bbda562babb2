/** Something the user asked for: at most one at a time, and its failure is kept until the next. */
import { useState } from 'react';
import { AmsFailure } from './request.ts';

export interface Action {
  readonly running: boolean;
  readonly failure: AmsFailure | null;
  /** True when `act` succeeded. */
  readonly run: (act: () => Promise<void>) => Promise<boolean>;
}

export function useAction(): Action {
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<AmsFailure | null>(null);
  async function run(act: () => Promise<void>): Promise<boolean> {
    setRunning(true);
    setFailure(null);
    try {
      await act();
      return true;
    } catch (error) {
      setFailure(error instanceof AmsFailure ? error : new AmsFailure('internal', String(error)));
      return false;
    } finally {
      setRunning(false);
    }
  }
  return { running, failure, run };
}
