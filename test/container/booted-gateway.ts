/** The gateway alone in the laboratory's network: no cloud, no machines. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@edgegateway/cloud-stub/pki/x509';
import { type ContainerGateway, startContainerGateway } from '../lab/container/container-gateway.ts';
import { createLabNetwork, type LabNetwork } from '../lab/network.ts';

export interface BootedGateway {
  readonly gateway: ContainerGateway;
  readonly network: LabNetwork;
  close(): Promise<void>;
}

export async function bootGateway(prefix: string): Promise<BootedGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const logDirectory = join(folder, 'log');
  const caFile = join(folder, 'ca.pem');
  await mkdir(logDirectory);
  await writeFile(caFile, (await createAuthority(new Date())).certificatePem);
  const network = await createLabNetwork({ prefix, gateway: 'container', logDirectory });
  const removeRest = async (): Promise<void> => {
    await network.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const gateway = await startContainerGateway({ network, logDirectory, caFile, idScope: '0ne0000A1B2' });
    return {
      gateway,
      network,
      async close() {
        await gateway.close();
        await removeRest();
      },
    };
  } catch (error) {
    await removeRest();
    throw error;
  }
}
