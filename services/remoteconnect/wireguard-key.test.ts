import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicKeyOf } from '@edgegateway/tunnel/keys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quietLog } from './testing/quiet-log.ts';
import { loadWireguardKey } from './wireguard-key.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'key-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the gateway's WireGuard key (T1)", () => {
  it('is made at the first start, readable by its owner only, and kept', async () => {
    const path = join(folder, 'wireguard-key');
    const first = await loadWireguardKey(path, quietLog);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(publicKeyOf((await readFile(path, 'utf8')).trim())).toBe(first.publicKey);
    expect(await loadWireguardKey(path, quietLog)).toEqual(first);
  });

  it('is not replaced in silence when its file is damaged', async () => {
    const path = join(folder, 'wireguard-key');
    await writeFile(path, 'half a key');
    await expect(loadWireguardKey(path, quietLog)).rejects.toMatchObject({ code: 'wireguard-key-invalid' });
    expect(await readFile(path, 'utf8')).toBe('half a key');
  });
});
