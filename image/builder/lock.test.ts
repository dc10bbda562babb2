import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLock } from './lock.ts';

const silent = (): void => undefined;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-lock-'));
  path = join(folder, 'build.lock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the lock of the builder', () => {
  test('lets the second wait until the first has ended', async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const first = withLock(path, silent, undefined, async () => {
      entered.resolve();
      await gate.promise;
      order.push('first');
    });
    await entered.promise;
    const waits = Promise.withResolvers<void>();
    const tell = (): void => waits.resolve();
    const second = withLock(path, tell, undefined, () => Promise.resolve(order.push('second')));
    await waits.promise;
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  test('is free again after its work failed', async () => {
    const failed = withLock(path, silent, undefined, () => Promise.reject(new Error('disk on fire')));
    await expect(failed).rejects.toThrow('disk on fire');
    expect(await withLock(path, silent, undefined, () => Promise.resolve('mine'))).toBe('mine');
  });

  test('is free again after its holder was killed', async () => {
    const program = `
      import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
      await withLock(${JSON.stringify(path)}, console.log, undefined, async () => {
        console.log('entered');
        await new Promise((resolve) => process.stdin.resume().once('end', resolve));
      });`;
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    expect(await withLock(path, silent, undefined, () => Promise.resolve('mine'))).toBe('mine');
  });

  test('is not waited for any longer once its user has stopped', async () => {
    const stop = new AbortController();
    await withLock(path, silent, undefined, async () => {
      const waiting = withLock(
        path,
        () => stop.abort(),
        stop.signal,
        () => Promise.resolve(),
      );
      await expect(waiting).rejects.toThrow('aborted');
    });
  });
});
