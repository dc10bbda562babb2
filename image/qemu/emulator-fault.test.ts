import { expect, test } from 'vitest';
import { emulatorFault } from './emulator-fault.ts';

test.each([
  '[    3.2] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI',
  '[    3.3] Kernel panic - not syncing: Fatal exception in interrupt',
  '[    9.1] BUG: kernel NULL pointer dereference, address: 0000000000000008',
  '[   61.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
])('%s is told', (line) => {
  expect(emulatorFault(`booting\r\n${line}\r\nCall Trace:`)).toBe(line);
});

test('a console page is no fault', () => {
  expect(emulatorFault('edgeGateway 1.0.0\r\nAMS: Stoerung / failed (exit-code)')).toBeUndefined();
});
