/** Program: `node stun/main.ts --config FILE --name NAME`. Prints `ready ...` once it serves; SIGTERM ends it. */
import { once } from 'node:events';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readCloudConfiguration } from '../configuration.ts';
import { StunServer } from './stun-server.ts';

async function main(stop: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, name: { type: 'string' } } });
  if (values.config === undefined || values.name === undefined)
    throw new Error('Usage: node stun/main.ts --config FILE --name NAME');
  const stun = readCloudConfiguration(values.config).stunServers.find(({ name }) => name === values.name);
  if (stun === undefined)
    throw new Error(
      `The configuration has no STUN server "${values.name}". Name one of the STUN servers of the configuration.`,
    );
  const server = StunServer.start(stun);
  process.stdout.write(`ready ${stun.name} on ${stun.address} port ${server.port}\n`);
  if (!stop.aborted) await Promise.race([once(stop, 'abort'), server.ended]);
  await server.stop();
}

const stopped = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.abort());
try {
  await main(stopped.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
