/** A relay of ours in the server's namespace, and whatever ends need to use it. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { publicJwk } from '@edgegateway/cloud-stub/pki/relay-token-key';
import { createAuthority, issueHostCertificate } from '@edgegateway/cloud-stub/pki/x509';
import { signToken } from '@edgegateway/cloud-stub/relay/testing';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import type { RelaySettings } from '../netns/tunnel-relay-program.ts';
import { SERVER_ADDRESS, type TwoNamespaces } from './two-namespaces.ts';

const RELAY: RelayEndpoint = { name: 'relay0', region: 'c-us', host: SERVER_ADDRESS, port: 443 };

export interface BenchRelay {
  readonly endpoint: RelayEndpoint;
  readonly caPem: string;
  /** A token for `own` to meet `peer` in a session. */
  token(own: string, peer: string, sessionId: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startBenchRelay(network: TwoNamespaces, directory: string): Promise<BenchRelay> {
  const authority = await createAuthority(new Date());
  const tokenKey = generateKeyPairSync('ed25519').privateKey;
  const certificate = await issueHostCertificate(authority, RELAY.host, new Date());
  const settings: RelaySettings = {
    name: RELAY.name,
    address: RELAY.host,
    port: RELAY.port,
    certPem: certificate.certificatePem,
    keyPem: certificate.keyPem,
    tokenKey: JSON.stringify(publicJwk(tokenKey)),
  };
  const file = join(directory, `${RELAY.name}.json`);
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  const program = join(import.meta.dirname, '../netns/tunnel-relay-program.ts');
  const relay = await SupervisedProcess.start({
    name: RELAY.name,
    command: 'ip',
    argv: ['netns', 'exec', network.server, execPath, program, file],
    readyWhen: /^ready/,
    logDirectory: directory,
  });
  return {
    endpoint: RELAY,
    caPem: authority.certificatePem,
    token: (own, peer, sid) => signToken(tokenKey, { sub: own, peers: [peer], sid }),
    stop: () => relay.stop(),
  };
}
