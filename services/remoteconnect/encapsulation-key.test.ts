import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encapsulationKey } from '@edgegateway/protocol/wire-values';
import { keyPairOf } from '@edgegateway/tunnel/key-encapsulation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEncapsulationKey } from './encapsulation-key.ts';
import { quietLog } from './testing/quiet-log.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'key-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the gateway's ML-KEM key (T1)", () => {
  it('is made at the first start, readable by its owner only, and kept', async () => {
    const path = join(folder, 'encapsulation-key');
    const first = await loadEncapsulationKey(path, quietLog);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(keyPairOf((await readFile(path, 'utf8')).trim()).encapsulationKey).toBe(first.encapsulationKey);
    expect((await loadEncapsulationKey(path, quietLog)).encapsulationKey).toBe(first.encapsulationKey);
    expect(encapsulationKey.parse(first.encapsulationKey)).toBe(first.encapsulationKey);
  });

  it('is told when it is made, and only then', async () => {
    const told: string[] = [];
    const log = { ...quietLog, info: (_fields: object, message: string) => told.push(message) };
    await loadEncapsulationKey(join(folder, 'encapsulation-key'), log);
    await loadEncapsulationKey(join(folder, 'encapsulation-key'), log);
    expect(told).toEqual(['an encapsulation key was made, because there was none']);
  });

  it('is not replaced in silence when its file is damaged', async () => {
    const path = join(folder, 'encapsulation-key');
    await writeFile(path, 'half a key');
    await expect(loadEncapsulationKey(path, quietLog)).rejects.toMatchObject({ code: 'encapsulation-key-invalid' });
    expect(await readFile(path, 'utf8')).toBe('half a key');
  });
});
