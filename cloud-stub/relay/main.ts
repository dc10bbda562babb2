/** Program: `node relay/main.ts --config FILE --name NAME`. Prints `ready ...` once it serves; SIGTERM drains it. */
import { once } from 'node:events';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readCloudConfiguration } from '../configuration.ts';
import { createLog } from '../log.ts';
import { RelayError } from './errors.ts';
import { waitForRelayFiles } from './relay-files.ts';
import { RelayServer } from './relay-server.ts';

const FILES_TIMEOUT = 60_000;

async function main(stop: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, name: { type: 'string' } } });
  if (values.config === undefined || values.name === undefined)
    throw new Error('Usage: node relay/main.ts --config FILE --name NAME');
  const configuration = readCloudConfiguration(values.config);
  const relay = configuration.relays.find(({ name }) => name === values.name);
  if (relay === undefined) throw new RelayError('unknown-relay', `The configuration has no relay "${values.name}".`);
  const log = createLog({ relay: relay.name });
  const files = await waitForRelayFiles(configuration.dataDirectory, relay.host, FILES_TIMEOUT, stop);
  const server = new RelayServer({
    ...files,
    name: relay.name,
    address: relay.address,
    port: relay.port,
    metrics: relay.metrics,
    log,
  });
  const port = await server.start();
  process.stdout.write(`ready ${relay.name} on ${relay.address} port ${port}\n`);
  if (!stop.aborted) await once(stop, 'abort');
  await server.stop();
}

const stopped = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.abort());
try {
  await main(stopped.signal);
} catch (error) {
  if (!stopped.signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
