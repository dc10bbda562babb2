import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyStick, type ProvisioningTargets } from './apply.ts';
import { LIMIT_BYTES, StickError } from './stick.ts';
import { AUTHORITY } from './testing/certificates.ts';

let folder: string;
let stick: string;
let targets: ProvisioningTargets;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provisioning-'));
  stick = join(folder, 'stick');
  await mkdir(stick);
  targets = {
    settings: join(folder, 'settings.json'),
    ca: join(folder, 'ca.pem'),
    network: join(folder, 'network/20-lan0.network.d/provisioned.conf'),
  };
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, content: string): Promise<void> {
  await writeFile(join(stick, name), content);
}

describe('a provisioning stick', () => {
  test('gives settings, certification authority and the address towards the machines', async () => {
    await put('settings.json', '{"idScope":"0ne0000A1B2","network":{"lan":{"address":"10.1.0.1/24"}}}');
    await put('ca.pem', AUTHORITY);

    expect(await applyStick(stick, targets)).toHaveLength(3);

    expect(JSON.parse(await readFile(targets.settings, 'utf8'))).toMatchObject({ idScope: '0ne0000A1B2' });
    expect(await readFile(targets.ca, 'utf8')).toBe(AUTHORITY);
    expect(await readFile(targets.network, 'utf8')).toContain('Address=10.1.0.1/24\n');
  });

  test('left plugged in writes nothing again', async () => {
    await put('settings.json', '{}');
    await applyStick(stick, targets);
    const before = (await stat(targets.settings)).ino;

    expect(await applyStick(stick, targets)).toEqual(['The stick says what already holds.']);

    expect((await stat(targets.settings)).ino).toBe(before);
  });

  test('with a bad certificate changes nothing, not even its good settings', async () => {
    await put('settings.json', '{"idScope":"0ne0000A1B2"}');
    await put('ca.pem', 'nothing of the kind');

    await expect(applyStick(stick, targets)).rejects.toThrow(StickError);

    await expect(readFile(targets.settings)).rejects.toThrow('ENOENT');
  });

  test('without a certificate removes the one of an earlier stick', async () => {
    await put('settings.json', '{}');
    await put('ca.pem', AUTHORITY);
    await applyStick(stick, targets);
    await rm(join(stick, 'ca.pem'));

    await applyStick(stick, targets);

    await expect(readFile(targets.ca)).rejects.toThrow('ENOENT');
  });

  test('without settings is refused', async () => {
    await expect(applyStick(stick, targets)).rejects.toThrow('The stick has no settings.json.');
  });

  test('with an oversized file is refused before the file is read', async () => {
    await put('settings.json', ' '.repeat(LIMIT_BYTES + 1));
    await expect(applyStick(stick, targets)).rejects.toThrow(/at most 65536 bytes/);
  });
});
