import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Doorbell } from './doorbell.ts';
import { ServiceError } from './errors.ts';
import { backoffDelay, pause, withTimeout } from './timing.ts';

const never = () => new Promise<never>(() => undefined);

describe('a bounded call', () => {
  it('ends with its own error though the work never ends', async () => {
    const bounded = withTimeout('reading', 1, new AbortController().signal, never);
    await expect(bounded).rejects.toThrow(ServiceError);
  });

  it('tells the work to stop when the caller stops', async () => {
    const caller = new AbortController();
    let told: unknown;
    const bounded = withTimeout('reading', 60_000, caller.signal, (signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return never();
    });
    const reason = new Error('the caller stops');
    caller.abort(reason);
    await expect(bounded).rejects.toBe(reason);
    expect(told).toBe(reason);
  });
});

describe('waiting', () => {
  it('ends at once when it is aborted', async () => {
    const owner = new AbortController();
    const waiting = pause(60_000, owner.signal);
    owner.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('between attempts grows, and stays between half of a step and the step', () => {
    const options = { firstMilliseconds: 1000, capMilliseconds: 30_000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, chance) => {
          const step = Math.min(1000 * 2 ** Math.min(failures - 1, 30), 30_000);
          const delay = backoffDelay(failures, { ...options, random: () => chance });
          expect(delay).toBeGreaterThanOrEqual(step / 2);
          expect(delay).toBeLessThanOrEqual(step);
        },
      ),
    );
  });
});

describe('a doorbell', () => {
  const { signal } = new AbortController();

  it('remembers a ring from before', async () => {
    const bell = new Doorbell();
    bell.ring();
    bell.ring();
    await bell.wait(signal);
    const owner = new AbortController();
    const second = bell.wait(owner.signal);
    owner.abort(new Error('nobody rang'));
    await expect(second).rejects.toThrow('nobody rang');
  });

  it('does not lose a ring to a wait that has ended by time', async () => {
    const bell = new Doorbell();
    await bell.waitAtMost(1, signal);
    bell.ring();
    await bell.wait(signal);
    expect(signal.aborted).toBe(false);
  });
});
