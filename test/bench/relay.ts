/**
 * Packets a second of processor time: our relay between two ends on TLS WebSockets, against coturn between two ends on
 * TURN over TLS. Both get the same packets in the same bursts from the same load generator.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { CLOUD_FILES } from '@edgegateway/cloud-stub/configuration';
import { publicJwk } from '@edgegateway/cloud-stub/pki/relay-token-key';
import { createAuthority, issueHostCertificate } from '@edgegateway/cloud-stub/pki/x509';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import type { Bench } from './bench.ts';
import type { MeasuredResult } from './bench-result.ts';
import { cloudConfigurationOf } from './cloud-configuration.ts';
import { startCoturn } from './coturn.ts';
import { runLoad } from './load-program.ts';
import { measureAgainst } from './measure.ts';
import { processIdOf } from './processor-time.ts';
import { type RelayLoadSettings, relayLoadCounts } from './relay-traffic.ts';
import { createTwoNamespaces, SERVER_ADDRESS, type TwoNamespaces } from './two-namespaces.ts';

const OUR_PORT = 443;
const COTURN_PORT = 5349;
const PACKET_BYTES = 1280;
const RUN_MILLISECONDS = 2000;
/** V8 compiles for the traffic meanwhile. */
const WARM_UP_MILLISECONDS = 5000;

type Traffic = Pick<RelayLoadSettings, 'pairs' | 'burst' | 'bursts'>;

const FIGURES: readonly { readonly figure: string; readonly traffic: Traffic }[] = [
  { figure: 'one pair', traffic: { pairs: 1, burst: 8, bursts: 8 } },
  { figure: '100 pairs', traffic: { pairs: 100, burst: 8, bursts: 1 } },
  { figure: 'one pair, one packet a frame', traffic: { pairs: 1, burst: 1, bursts: 16 } },
];

export const relayBench: Bench = {
  name: 'relay',
  async run(directory) {
    const authority = await createAuthority(new Date());
    const tokenKey = generateKeyPairSync('ed25519').privateKey;
    const certificate = await issueHostCertificate(authority, SERVER_ADDRESS, new Date());
    const files = join(directory, CLOUD_FILES.certificates, SERVER_ADDRESS);
    await mkdir(join(directory, CLOUD_FILES.certificates), { recursive: true });
    await writeFile(`${files}.pem`, certificate.certificatePem);
    await writeFile(`${files}.key`, certificate.keyPem, { mode: 0o600 });
    await writeFile(join(directory, CLOUD_FILES.relayTokenKey), JSON.stringify(publicJwk(tokenKey)));

    const network = await createTwoNamespaces('bn');
    const started: SupervisedProcess[] = [];
    try {
      const ours = await startRelay(network, directory);
      started.push(ours);
      const coturn = await startCoturn({
        namespace: network.server,
        address: SERVER_ADDRESS,
        directory,
        argv: [
          ...['--no-auth', '--no-udp', '--no-tcp', '--tls-listening-port', String(COTURN_PORT)],
          ...['--cert', `${files}.pem`, '--pkey', `${files}.key`],
        ],
      });
      started.push(coturn);
      const load = { address: SERVER_ADDRESS, caPem: authority.certificatePem, packetBytes: PACKET_BYTES };
      const results: MeasuredResult[] = [];
      for (const { figure, traffic } of FIGURES) {
        const oursLoaded = (milliseconds: number) =>
          loadRelay(network, tokenKey, { ...load, ...traffic, port: OUR_PORT, pid: processIdOf(ours), milliseconds });
        const coturnLoaded = (milliseconds: number) =>
          loadCoturn(network, { ...load, ...traffic, port: COTURN_PORT, pid: processIdOf(coturn), milliseconds });
        await oursLoaded(WARM_UP_MILLISECONDS);
        await coturnLoaded(WARM_UP_MILLISECONDS);
        results.push(
          await measureAgainst(
            { name: 'relay', figure, unit: 'packets/CPU-s', runs: 3 },
            () => oursLoaded(RUN_MILLISECONDS),
            { name: 'coturn, TURN over TLS', run: () => coturnLoaded(RUN_MILLISECONDS) },
          ),
        );
      }
      return results;
    } finally {
      for (const process of started) await process.stop();
      await network.close();
    }
  },
};

async function startRelay(network: TwoNamespaces, directory: string): Promise<SupervisedProcess> {
  const file = join(directory, 'cloud.json');
  await writeFile(file, JSON.stringify(cloudConfigurationOf(directory, SERVER_ADDRESS, { relay: OUR_PORT })));
  const program = join(import.meta.dirname, '../../cloud-stub/relay/main.ts');
  return SupervisedProcess.start({
    name: 'relay0',
    command: 'ip',
    argv: ['netns', 'exec', network.server, execPath, program, '--config', file, '--name', 'relay0'],
    readyWhen: /^ready/,
    logDirectory: directory,
  });
}

/** @returns packets a second of the relay's processor time */
async function loadRelay(network: TwoNamespaces, tokenKey: KeyObject, settings: RelayLoadSettings): Promise<number> {
  const tokenKeyPem = tokenKey.export({ format: 'pem', type: 'pkcs8' });
  const counts = await runLoad(network.load, 'relay-load-program.ts', { ...settings, tokenKeyPem }, relayLoadCounts);
  return counts.packets / counts.processorSeconds;
}

async function loadCoturn(network: TwoNamespaces, settings: RelayLoadSettings): Promise<number> {
  const counts = await runLoad(network.load, 'turn-load-program.ts', settings, relayLoadCounts);
  return counts.packets / counts.processorSeconds;
}
