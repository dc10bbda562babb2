/** Two ends of wireguard-go that know each other's address: what our tunnel is measured against. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import type { BareSettings } from './bare-wireguard-program.ts';
import { LOAD_ADDRESS, SERVER_ADDRESS, type TwoNamespaces } from './two-namespaces.ts';

/** Inside the tunnel, of the end in the server's namespace. */
export const BARE_SERVER = '100.64.1.1';
const BARE_CLIENT = '100.64.1.2';
const PORT = 51_820;

/** @returns ends both */
export async function startBareWireguard(network: TwoNamespaces, directory: string): Promise<() => Promise<void>> {
  const server = { name: 'bn-bare0', namespace: network.server, endpoint: SERVER_ADDRESS, address: BARE_SERVER };
  const client = { name: 'bn-bare1', namespace: network.load, endpoint: LOAD_ADDRESS, address: BARE_CLIENT };
  const serverKeys = generateWireguardKeyPair();
  const clientKeys = generateWireguardKeyPair();
  const presharedKey = randomBytes(32).toString('base64');
  const ends = [
    { own: server, ownKeys: serverKeys, peer: client, peerKeys: clientKeys },
    { own: client, ownKeys: clientKeys, peer: server, peerKeys: serverKeys },
  ];
  const started: SupervisedProcess[] = [];
  for (const { own, ownKeys, peer, peerKeys } of ends) {
    const file = join(directory, `${own.name}.json`);
    const settings: BareSettings = {
      interfaceName: own.name,
      privateKey: ownKeys.privateKey,
      address: own.address,
      listenPort: PORT,
      peer: {
        publicKey: peerKeys.publicKey,
        presharedKey,
        endpoint: { address: peer.endpoint, port: PORT },
        allowedAddresses: [peer.address],
      },
    };
    await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
    const program = join(import.meta.dirname, 'bare-wireguard-program.ts');
    started.push(
      await SupervisedProcess.start({
        name: own.name,
        command: 'ip',
        argv: ['netns', 'exec', own.namespace, execPath, program, file],
        readyWhen: /^ready/,
        logDirectory: directory,
      }),
    );
  }
  return async () => {
    for (const end of started) await end.stop();
  };
}
