import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cloudConfiguration } from '../configuration.ts';
import { configuredHub } from './configured-hub.ts';
import { MemoryStorage } from './emulator/testing.ts';

vi.setConfig({ testTimeout: 60_000 });

const KEY = 'c2VjcmV0';
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-configuration-'));
});
afterEach(() => rm(directory, { recursive: true }));

function hubOf(hub: object | undefined) {
  const listener = { host: 'cloud.example', port: 443, address: '127.0.0.1' };
  const configuration = cloudConfiguration.parse({
    ...{ dataDirectory: '/x', idScope: '0ne00000001', web: listener, stunServers: [] },
    relays: [{ ...listener, name: 'relay0', region: 'c-us' }],
    ...(hub === undefined ? {} : { hub }),
  });
  return configuredHub({
    configuration,
    certificateFor: () => ({ certPem: '', keyPem: '' }),
    storage: new MemoryStorage(),
    checkpoints: { load: async () => new Map(), save: async () => undefined },
    log: pino({ level: 'silent' }),
  });
}

const azureIn = (folder: string) => ({
  kind: 'azure',
  iotHub: join(folder, 'hub'),
  provisioning: join(folder, 'dps'),
  events: join(folder, 'events'),
});

test('without a word about it, and with a listener, the hub is the emulator', async () => {
  expect(await hubOf(undefined)).toHaveProperty('callMethod');
  const throttles = { connects: 10, messages: 10, twinReads: 10, twinUpdates: 10 };
  expect(await hubOf({ host: 'hub.example', port: 8883, address: '127.0.0.1', throttles })).toHaveProperty(
    'callMethod',
  );
});

test('with connection strings in files the hub is Azure', async () => {
  const service = `HostName=x.example;SharedAccessKeyName=cloud;SharedAccessKey=${KEY}`;
  await writeFile(join(directory, 'hub'), `${service}\n`);
  await writeFile(join(directory, 'dps'), service);
  const events = `Endpoint=sb://x.example/;SharedAccessKeyName=cloud;SharedAccessKey=${KEY};EntityPath=hub`;
  await writeFile(join(directory, 'events'), events);
  const hub = await hubOf(azureIn(directory));
  expect(hub).not.toHaveProperty('callMethod');
  await hub.stop();
});

test('a file that holds no connection string is named, and what is in it is not', async () => {
  await writeFile(join(directory, 'hub'), KEY);
  const failed = hubOf(azureIn(directory));
  await expect(failed).rejects.toThrow(join(directory, 'hub'));
  await expect(failed).rejects.not.toThrow(KEY);
});

test('a connection string in the configuration itself is refused', () => {
  expect(() => hubOf({ ...azureIn('/x'), iotHub: 'HostName=x;SharedAccessKey=y' })).toThrow();
});
