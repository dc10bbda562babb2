import { closeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MessageArray } from './message-array.ts';
import { loadSocketCalls } from './socket-calls.ts';

const calls = loadSocketCalls();

test('T3: where the server cannot run, it says so', () => {
  expect(() => loadSocketCalls('win32', 'x64')).toThrow(
    'The STUN server runs on Linux on x86-64 and ARM64, not on win32 on x64.',
  );
  expect(() => loadSocketCalls('linux', 'arm')).toThrow(/not on linux on arm\.$/);
});

test('a failed call is told by its name and its error', () => {
  const { descriptor, port } = calls.open('127.0.0.1', 0);
  const messages = new MessageArray(1, 16, 100);
  expect(() => calls.open('127.0.0.1', port)).toThrow(expect.objectContaining({ syscall: 'bind', code: 'EADDRINUSE' }));
  expect(() => calls.open('192.0.2.1', 0)).toThrow(expect.objectContaining({ syscall: 'bind', code: 'EADDRNOTAVAIL' }));
  closeSync(descriptor);
  expect(() => calls.receive(descriptor, messages.address, 1)).toThrow(
    expect.objectContaining({ message: 'recvmmsg failed (EBADF)', syscall: 'recvmmsg', code: 'EBADF' }),
  );
});

test('a socket that is woken waits no longer', () => {
  const { descriptor } = calls.open('::1', 0);
  const messages = new MessageArray(1, 28, 100);
  calls.wake(descriptor);
  expect(calls.receive(descriptor, messages.address, 1)).toBe(1);
  expect(messages.received(0)).toHaveLength(0);
  closeSync(descriptor);
});
