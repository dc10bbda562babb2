/**
 * Program: `node main.ts --config FILE --ui DIR`. API, web interface, hub and store of the cloud. Prints `ready ...` once it
 * serves; SIGTERM ends it orderly.
 */
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Cloud } from './api/cloud.ts';
import { readCloudConfiguration } from './configuration.ts';
import { configuredHub } from './hub/configured-hub.ts';
import { createLog } from './log.ts';
import { ensurePki } from './pki/pki.ts';
import { hubCheckpoints } from './store/hub-checkpoints.ts';
import { hubStorage } from './store/hub-storage.ts';
import { openStore } from './store/open-store.ts';

async function main(stop: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, ui: { type: 'string' } } });
  if (values.config === undefined || values.ui === undefined)
    throw new Error('Usage: node main.ts --config FILE --ui DIR');
  const configuration = readCloudConfiguration(values.config, process.env);
  const log = createLog({ program: 'cloud' });
  const store = await openStore(configuration, (line) => log.info({ part: 'postgres' }, line));
  try {
    // In a write, so that of several processes one makes what is missing.
    const pki = await store.write(() => ensurePki(configuration));
    const storage = hubStorage(store);
    const enrolled = (await storage.load()).map(({ registrationId }) => registrationId);
    const { web } = configuration;
    const cloud = await Cloud.create({
      configuration,
      store,
      hub: await configuredHub({
        ...{ configuration, storage, log },
        checkpoints: hubCheckpoints(store),
        certificateFor: (host) => pki.certificateFor(host),
      }),
      enrolled,
      relayTokenPrivateKey: pki.relayTokenPrivateKey,
      auditKey: pki.auditKey,
      certificate: pki.certificateFor(web.host),
      ui: resolve(values.ui),
      log,
    });
    try {
      await cloud.start();
      process.stdout.write(`ready https://${web.host}:${web.port} on ${web.address}\n`);
      if (!stop.aborted) await once(stop, 'abort');
    } finally {
      await cloud.stop();
    }
  } finally {
    await store.close();
  }
}

const stopped = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.abort());
try {
  await main(stopped.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
