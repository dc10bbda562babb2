import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePki } from '@edgegateway/cloud-stub/pki/pki';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labAuthority, placeAuthority } from './lab-authority.ts';

const NOW = new Date('2026-07-01T12:00:00Z');
const YEAR = 365 * 24 * 60 * 60_000;
const host = (name: string): { host: string; port: number; address: string } => ({
  ...{ host: name, port: 443 },
  address: '127.0.0.1',
});

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-authority-'));
  file = join(folder, 'cache/authority.json');
});

afterEach(() => rm(folder, { recursive: true }));

test('stays the same from run to run, readable by its owner alone', async () => {
  const first = await labAuthority(file, NOW);
  expect(await labAuthority(file, NOW)).toEqual(first);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('is made anew when it is damaged or near its end', async () => {
  const first = await labAuthority(file, NOW);
  const late = await labAuthority(file, new Date(NOW.getTime() + 9 * YEAR));
  expect(late.certificatePem).not.toBe(first.certificatePem);
  await writeFile(file, '{"certificatePem":"');
  expect((await labAuthority(file, NOW)).certificatePem).not.toBe(late.certificatePem);
});

test('is the one that a new cloud uses', async () => {
  const authority = await labAuthority(file, NOW);
  const dataDirectory = join(folder, 'cloud');
  await placeAuthority(dataDirectory, authority);
  const pki = await ensurePki(
    {
      dataDirectory,
      web: { ...host('web.test'), otherOrigins: [] },
      dps: host('dps.test'),
      hub: host('hub.test'),
      relays: [],
    },
    NOW,
  );
  expect(pki.caPem).toBe(authority.certificatePem);
});
