/**
 * What a session costs a gateway in memory: the tunnel engine with wireguard-go in one process, as a gateway, with 1 and
 * with 50 configured sessions that wait at a relay for clients which never come. (The service around it, with the
 * cloud's SDK, is weighed in the benchmark `session`.)
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import type { EndSettings } from '../netns/tunnel-end-program.ts';
import type { Bench } from './bench.ts';
import { type BenchRelay, startBenchRelay } from './bench-relay.ts';
import { mediansOf } from './measure.ts';
import { processIdOf } from './processor-time.ts';
import { residentMemoryOf } from './resident-memory.ts';
import { createTwoNamespaces, type TwoNamespaces } from './two-namespaces.ts';

const RUNS = 3;
const MANY = 50;

/** Until what was needed only at the start has been given back. */
const SETTLING_MILLISECONDS = 3000;

export const memoryBench: Bench = {
  name: 'memory',
  async run(directory) {
    const network = await createTwoNamespaces('bn');
    const owned: (() => Promise<void>)[] = [() => network.close()];
    try {
      const relay = await startBenchRelay(network, directory);
      owned.push(() => relay.stop());
      const memory: Record<string, number>[] = [];
      const growth: Record<string, number>[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const one = await memoryWith(1, network, relay, directory);
        const many = await memoryWith(MANY, network, relay, directory);
        memory.push({ 'engine, 1 session': one, [`engine, ${MANY} sessions`]: many });
        growth.push({ 'each further session': (many - one) / (MANY - 1) });
      }
      return [...mediansOf('memory', 'MB', memory), ...mediansOf('memory', 'MB', growth)];
    } finally {
      for (const end of owned.toReversed()) await end();
    }
  },
};

async function memoryWith(
  sessions: number,
  network: TwoNamespaces,
  relay: BenchRelay,
  directory: string,
): Promise<number> {
  const own = generateWireguardKeyPair();
  const peers = Array.from({ length: sessions }, async (_, index) => {
    const { publicKey } = generateWireguardKeyPair();
    const sessionId = randomUUID();
    return {
      id: `client ${index}`,
      sessionId,
      publicKey,
      presharedKey: randomBytes(32).toString('base64'),
      allowedAddresses: [`100.64.1.${index + 1}`],
      relayToken: await relay.token(own.publicKey, publicKey, sessionId),
      signallingSecret: randomBytes(32).toString('base64'),
    };
  });
  const settings: EndSettings = {
    ...{ role: 'gateway', policy: 'direct-preferred', interfaceName: 'bn-gw', address: '100.64.0.1' },
    privateKey: own.privateKey,
    caPem: relay.caPem,
    relays: [relay.endpoint],
    stunServers: [],
    peers: await Promise.all(peers),
  };
  const file = join(directory, 'gateway.json');
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  const gateway = await SupervisedProcess.start({
    name: 'gateway',
    command: 'ip',
    argv: [
      ...['netns', 'exec', network.server, execPath],
      ...[join(import.meta.dirname, '../netns/tunnel-end-program.ts'), file],
    ],
    readyWhen: /^ready/,
    logDirectory: directory,
  });
  try {
    await pause(SETTLING_MILLISECONDS);
    return await residentMemoryOf(processIdOf(gateway));
  } finally {
    await gateway.stop();
  }
}
