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
import { createLabNetwork, LAB_HOSTS, type LabNetwork } from './network.ts';
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
  /** Emptied first; holds data and logs. */
  readonly directory: string;
  readonly steps: Steps;
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
  readonly gateway: LabGateway;
  /** Everything that the gateway has sent on its WAN side since before it was started. */
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
      createLabNetwork({ prefix, gateway: options.gateway, logDirectory }),
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
        plantNamespace: network.namespaces.plant,
        cloudNamespace: network.namespaces.cloud,
        logDirectory,
      }),
    );
    owned.push(() => machines.close());
    const wanCapture = await PacketCapture.start(network.namespaces.gateway, network.wanDevice, network.wanDirection);
    owned.push(() => wanCapture.stop());
    const common = { network, logDirectory, idScope: LAB_ID_SCOPE, caFile: cloud.caFile };
    await options.beforeGateway?.({ logDirectory, network, cloud });
    const workDirectory = join(directory, 'gateway');
    await mkdir(workDirectory, { recursive: true });
    const gateway = await startGateway(options, { ...common, workDirectory });
    owned.push(() => gateway.close());
    return {
      directory,
      logDirectory,
      network,
      cloud,
      gateway,
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
  readonly network: LabNetwork;
  readonly workDirectory: string;
  readonly logDirectory: string;
  readonly idScope: string;
  readonly caFile: string;
}

function startGateway(options: LaboratoryOptions, parts: GatewayParts): Promise<LabGateway> {
  switch (options.gateway) {
    case 'virtual-machine':
      return options.steps.step('boot the image in QEMU', (tell) =>
        startVirtualGateway({ ...parts, tell, start: 'snapshot', onConsole: options.onConsole }),
      );
    case 'container':
      return options.steps.step("boot the gateway's tree as a container", () => startContainerGateway(parts));
    case 'programs':
      return options.steps.step("start the gateway's programs", () =>
        startProgramsGateway({ ...parts, interfaceName: `${options.prefix}-gw` }),
      );
  }
}
