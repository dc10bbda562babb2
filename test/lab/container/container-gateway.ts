/**
 * The gateway as a container: the image's own packages, units, users and rules under a real systemd, D-Bus and polkit,
 * booted in a second. test-layer.ts says what differs from the image.
 */
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyStick, GATEWAY_TARGETS } from '@edgegateway/appliance/provisioning/apply';
import { CERTIFICATE_FILE, SETTINGS_FILE } from '@edgegateway/appliance/provisioning/stick';
import { consoleInformation, GATEWAY_PATHS, gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { FORGET_PATH_MTU, GATEWAY_TABLES, hangCommand, type LabGateway } from '../gateway.ts';
import { LAB_ADDRESSES, type PlantNetwork } from '../network.ts';
import { until } from '../until.ts';
import { Container } from './container.ts';
import { makeContainerRoot } from './container-root.ts';
import { applyTestLayer } from './test-layer.ts';

export interface ContainerGatewayOptions {
  readonly network: PlantNetwork;
  readonly logDirectory: string;
  readonly idScope: string;
  readonly caFile: string;
}

export interface ContainerGateway extends LabGateway {
  readonly container: Container;
}

const SERVICE = 'remoteconnect.service';

/** Fulfilled once it has booted without a failed unit. */
export async function startContainerGateway(options: ContainerGatewayOptions): Promise<ContainerGateway> {
  const { network, logDirectory } = options;
  const namespace = network.namespaces.gateway;
  const root = await makeContainerRoot(namespace);
  try {
    await applyTestLayer(root.folder);
    await provision(options, root.folder);
    const container = await Container.boot({ root, name: namespace, namespace, logDirectory });
    return gatewayIn(container, async () => {
      await container.close();
      await root.remove();
    });
  } catch (error) {
    await root.remove();
    throw error;
  }
}

function gatewayIn(container: Container, close: () => Promise<void>): ContainerGateway {
  const signalService = async (signal: NodeJS.Signals): Promise<void> => {
    await container.run(['systemctl', 'kill', '--kill-whom=main', `--signal=${signal}`, SERVICE]);
  };
  return {
    container,
    async console() {
      return until('the AMS shows its one-time code', async () => {
        const shown = consoleInformation.parse(JSON.parse(await container.read(GATEWAY_PATHS.console)));
        const { fingerprint, oneTimeCode } = shown;
        return oneTimeCode === null ? undefined : { fingerprint, oneTimeCode };
      });
    },
    killService: () => signalService('SIGKILL'),
    pauseService: () => signalService('SIGSTOP'),
    resumeService: () => signalService('SIGCONT'),
    async hangService() {
      const pid = await container.run(['systemctl', 'show', '--value', '--property=MainPID', SERVICE]);
      await container.run(hangCommand(pid.trim()));
    },
    async flushFirewall() {
      await container.run(['nft', 'flush', 'ruleset']);
    },
    async forgetPathMtu() {
      await container.run(FORGET_PATH_MTU);
    },
    async tunnelTraces() {
      const [interfaceExists, ...tables] = await Promise.all([
        container.succeeds(['ip', 'link', 'show', 'dev', 'rc0']),
        ...GATEWAY_TABLES.map((table) => container.succeeds(['nft', 'list', 'table', 'inet', table])),
      ]);
      return { interfaceExists, tableExists: tables.includes(true) };
    },
    close,
  };
}

/** What edgegateway-provisioning.service takes from an integrator's stick, by its own code: a container sees no USB. */
async function provision({ idScope, caFile }: ContainerGatewayOptions, root: string): Promise<void> {
  const stick = await mkdtemp(join(tmpdir(), 'stick-'));
  const [settings, ca, networkFile] = [GATEWAY_TARGETS.settings, GATEWAY_TARGETS.ca, GATEWAY_TARGETS.network];
  try {
    const content = gatewaySettings.parse({ idScope, network: { lan: { address: `${LAB_ADDRESSES.ams}/24` } } });
    await writeFile(join(stick, SETTINGS_FILE), JSON.stringify(content));
    await copyFile(caFile, join(stick, CERTIFICATE_FILE));
    await mkdir(join(root, settings, '..'), { recursive: true, mode: 0o755 });
    await applyStick(stick, { settings: join(root, settings), ca: join(root, ca), network: join(root, networkFile) });
    await chmod(join(root, networkFile, '..'), 0o755);
  } finally {
    await rm(stick, { recursive: true, force: true });
  }
}
