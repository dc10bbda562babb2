/**
 * A whole laboratory: network, cloud, machines and one gateway, made in order and taken down in reverse,
 * whatever happens in between.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CLOUD_FILES } from '@edgegateway/cloud-stub/configuration';
import { cacheDirectory } from '@edgegateway/image/paths';
import { bundleLabPrograms } from './bundled-programs.ts';
import { LAB_ID_SCOPE, type LabCloud, startLabCloud } from './cloud.ts';
import { startContainerGateway } from './container/container-gateway.ts';
import type { LabGateway } from './gateway.ts';
import { labAuthority, placeAuthority } from './lab-authority.ts';
import { startMachines } from './machines.ts';
import { createLabNetwork, LAB_HOSTS, type LabNetwork, type PlantNetwork } from './network.ts';
import { PacketCapture } from './packet-capture.ts';
import { startProgramsGateway } from './programs-gateway.ts';
import type { Steps } from './steps.ts';
import { BUILT_CLOUD_UI, buildUserInterfaces } from './user-interfaces.ts';
import { startVirtualGateway } from './virtual-gateway.ts';

const AUTHORITY_FILE = join(cacheDirectory(), 'laboratory-authority.json');

export interface LaboratoryOptions {
  /** First part of the namespaces' names: at most 6 characters, lower case. */
  readonly prefix: string;
  /** The image in QEMU, the image's tree as a container, or the gateway's programs in a namespace. */
  readonly gateway: 'virtual-machine' | 'container' | 'programs';
  /** How many plants, each with a gateway; one where it is not given. */
  readonly plants?: number | undefined;
  /** Emptied first; holds data and logs. */
  readonly directory: string;
  readonly steps: Steps;
  /** The file that a virtual gateway boots from, waited for once everything else runs; built where it is not given. */
  readonly image?: (() => Promise<string>) | undefined;
  /** Called with what the console of a virtual gateway says, as it says it. */
  readonly onConsole?: ((text: Buffer) => void) | undefined;
  /** Called once everything but the gateway runs. */
  readonly beforeGateway?: ((parts: LaboratoryParts) => Promise<void>) | undefined;
  /** Under which addresses browsers see the cloud besides its own; none unless given. */
  readonly cloudOrigins?: readonly string[];
}

/** What there is before the gateway. */
export interface LaboratoryParts {
  readonly logDirectory: string;
  readonly network: LabNetwork;
  readonly cloud: LabCloud;
}

export interface Laboratory extends LaboratoryParts {
  readonly directory: string;
  /** Of the first plant. */
  readonly gateway: LabGateway;
  /** Of all plants, in the order of `network.plants`. */
  readonly gateways: readonly LabGateway[];
  /** Everything that the first plant's gateway has sent on its WAN side since before it was started. */
  readonly wanCapture: PacketCapture;
  /** The name of the interface that a technician's client makes here. */
  readonly clientInterface: string;
  /** PEM of the certificate that the cloud's web interface shows. */
  cloudCertificate(): Promise<string>;
  close(): Promise<void>;
}

export async function startLaboratory(options: LaboratoryOptions): Promise<Laboratory> {
  const { prefix, directory, steps } = options;
  const logDirectory = join(directory, 'log');
  await rm(directory, { recursive: true, force: true });
  await mkdir(logDirectory, { recursive: true });
  const owned: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of owned.splice(0).toReversed()) await end();
  };
  try {
    await steps.step('build the web interfaces', (tell) => buildUserInterfaces(tell));
    await steps.step('bundle the client and the service', () => bundleLabPrograms());
    const network = await steps.step('make the network: internet, cloud, office, WAN and plant', () =>
      createLabNetwork({ prefix, gateway: options.gateway, plants: options.plants, logDirectory }),
    );
    owned.push(() => network.close());
    const dataDirectory = join(directory, 'cloud');
    if (options.gateway === 'virtual-machine') {
      await placeAuthority(dataDirectory, await labAuthority(AUTHORITY_FILE, new Date()));
    }
    const cloud = await steps.step('start the cloud: hub, API, store, relays, STUN servers', () =>
      startLabCloud({
        namespace: network.namespaces.cloud,
        dataDirectory,
        logDirectory,
        ui: BUILT_CLOUD_UI,
        otherOrigins: options.cloudOrigins ?? [],
      }),
    );
    owned.push(() => cloud.close());
    const machines = await steps.step('start the machines of the plant', () =>
      startMachines({
        plantNamespaces: network.plants.map(({ namespaces }) => namespaces.plant),
        cloudNamespace: network.namespaces.cloud,
        logDirectory,
      }),
    );
    owned.push(() => machines.close());
    const wanCapture = await PacketCapture.start(network.namespaces.gateway, network.wanDevice, network.wanDirection);
    owned.push(() => wanCapture.stop());
    await options.beforeGateway?.({ logDirectory, network, cloud });
    const image = options.image && (await steps.step("wait for the gateway's image", options.image));
    const gateways: LabGateway[] = [];
    for (const [index, plant] of network.plants.entries()) {
      const parts = await partsOf(index, directory, logDirectory);
      const common = { ...parts, network: plant, idScope: LAB_ID_SCOPE, caFile: cloud.caFile };
      const gateway = await startGateway(options, common, image);
      owned.push(() => gateway.close());
      gateways.push(gateway);
    }
    const [gateway] = gateways;
    if (gateway === undefined) throw new Error('A laboratory has at least one gateway.');
    return {
      directory,
      logDirectory,
      network,
      cloud,
      gateway,
      gateways,
      wanCapture,
      clientInterface: `${prefix}-tech`,
      cloudCertificate: () => readFile(join(dataDirectory, CLOUD_FILES.certificates, `${LAB_HOSTS.web}.pem`), 'utf8'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface GatewayParts {
  readonly name: string;
  readonly network: PlantNetwork;
  readonly workDirectory: string;
  readonly logDirectory: string;
  readonly idScope: string;
  readonly caFile: string;
}

/** Folders of one gateway; the first one's logs lie beside the others of the laboratory. */
async function partsOf(
  index: number,
  directory: string,
  labLogs: string,
): Promise<Pick<GatewayParts, 'name' | 'workDirectory' | 'logDirectory'>> {
  const name = index === 0 ? 'gateway' : `gateway${index + 1}`;
  const workDirectory = join(directory, name);
  const logDirectory = index === 0 ? labLogs : join(labLogs, name);
  for (const folder of [workDirectory, logDirectory]) await mkdir(folder, { recursive: true });
  return { name, workDirectory, logDirectory };
}

function startGateway(options: LaboratoryOptions, parts: GatewayParts, image?: string): Promise<LabGateway> {
  const { steps, prefix, onConsole } = options;
  const { name } = parts;
  switch (options.gateway) {
    case 'virtual-machine':
      return steps.step(`boot the image in QEMU: ${name}`, (tell) =>
        startVirtualGateway({ ...parts, tell, image, start: 'snapshot', onConsole }),
      );
    case 'container':
      return steps.step(`boot the image's tree as a container: ${name}`, () => startContainerGateway(parts));
    case 'programs':
      return steps.step(`start the programs of the ${name}`, () =>
        startProgramsGateway({ ...parts, interfaceName: `${prefix}-${name.replace('gateway', 'gw')}` }),
      );
  }
}
