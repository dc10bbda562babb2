import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLOUD_FILES } from '../configuration.ts';
import { ensurePki } from '../pki/pki.ts';
import { waitForRelayFiles } from './relay-files.ts';

const HOST = 'relay0.example';
const listener = (host: string) => ({ host, port: 443, address: '127.0.0.1' });

let dataDirectory: string;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'relay-files-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

const makeFiles = () =>
  ensurePki({
    dataDirectory,
    web: listener('cloud.example'),
    dps: listener('dps.example'),
    hub: listener('hub.example'),
    relays: [{ name: 'relay0.c-us', region: 'c-us', ...listener(HOST) }],
  });

test('T4: a relay that starts before the cloud waits for its files', async () => {
  const waiting = waitForRelayFiles(dataDirectory, HOST, 30_000, new AbortController().signal);
  const pki = await makeFiles();
  expect((await waiting).certPem).toBe(pki.certificateFor(HOST).certPem);
});

test('a relay without its files says which one is missing and who makes it', async () => {
  await expect(waitForRelayFiles(dataDirectory, HOST, 0, new AbortController().signal)).rejects.toThrow(
    /\/pki\/\S+ cannot be read\. The cloud's main program makes these files/,
  );
});

test('a certificate with the key of another is told, and the key is not', async () => {
  const pki = await makeFiles();
  const { keyPem } = pki.certificateFor('hub.example');
  await writeFile(join(dataDirectory, CLOUD_FILES.certificates, `${HOST}.key`), keyPem);
  const problem: unknown = await waitForRelayFiles(dataDirectory, HOST, 0, new AbortController().signal).catch(
    (error: unknown) => error,
  );
  expect(problem).toMatchObject({ code: 'files-invalid' });
  expect(String(problem)).not.toContain(keyPem.split('\n')[1]);
});
