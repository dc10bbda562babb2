/** Whole seconds left of a throttled attempt; 0 once the next one is taken. Counts anew for each `failure`. */
import { useEffect, useState } from 'react';
import type { AmsFailure } from '../ams/request.ts';

export function useCountdown(failure: AmsFailure | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = failure?.retryAfterSeconds ?? 0;
    const end = performance.now() + seconds * 1000;
    const tell = () => setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    tell();
    if (seconds === 0) return undefined;
    const timer = setInterval(tell, 250);
    return () => clearInterval(timer);
  }, [failure]);
  return left;
}
