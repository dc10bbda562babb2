/** The laboratory's gateway as the very image in QEMU, with a provisioning stick of its own. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage } from '@edgegateway/image/build';
import { cacheDirectory } from '@edgegateway/image/paths';
import { makeStickImage } from '@edgegateway/image/provision';
import { createOverlay } from '@edgegateway/image/qemu/disks';
import { Machine, VARIABLES_FILE } from '@edgegateway/image/qemu/machine';
import type { MachineHardware, MachineNetwork } from '@edgegateway/image/qemu/qemu-arguments';
import { shownOnConsole } from '@edgegateway/image/qemu/shown-on-console';
import { untilShown } from '@edgegateway/image/qemu/until-shown';
import { type GatewaySettings, gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { describeError } from './describe-error.ts';
import type { LabGateway } from './gateway.ts';
import {
  copySnapshot,
  keepVariables,
  type MachineState,
  saveSnapshot,
  snapshotParts,
  wakeUp,
} from './gateway-snapshot.ts';
import { LAB_ADDRESSES, type PlantNetwork } from './network.ts';
import { SnapshotStore, snapshotKey } from './snapshot-store.ts';
import { GatewayAgent, installAgent } from './virtual-gateway-agent.ts';

export interface VirtualGatewayOptions {
  /** Which of a laboratory's gateways it is: each has a snapshot, and so keys, of its own. One that is alone needs no name. */
  readonly name?: string | undefined;
  readonly network: PlantNetwork;
  /** The machine's disk and sockets; about 1 GiB. */
  readonly workDirectory: string;
  readonly logDirectory: string;
  readonly idScope: string;
  /** PEM file of the cloud's certification authority. */
  readonly caFile: string;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** A raw disk image; the one of the checked-out tree where it is not given. */
  readonly image?: string | undefined;
  /**
   * Boot, or go on from the snapshot of an earlier boot with the same image and stick, which is made where there is none.
   */
  readonly start: 'boot' | 'snapshot';
  /** Called with what the console says, as it says it. */
  readonly onConsole?: ((text: Buffer) => void) | undefined;
}

export interface VirtualGateway extends LabGateway {
  readonly machine: Machine;
  readonly agent: GatewayAgent;
  /** Fulfilled when the console says that the AMS runs. */
  untilUp(): Promise<void>;
  /**
   * Cuts the power (kill -9 of QEMU) and gives it again: the gateway boots, without its stick, from what its disk holds. What it
   * writes from now on goes to a layer above. QEMU keeps in memory where new blocks of a layer lie until the guest flushes, so the
   * next cut loses every write to a block that was not written to since, unless it was flushed.
   */
  powerCycle(hardware?: Pick<MachineHardware, 'clock'>): Promise<VirtualGateway>;
}

/** Whether a laboratory's gateway is this kind. */
export function isVirtual(gateway: LabGateway): gateway is VirtualGateway {
  return 'machine' in gateway;
}

const WAN_MAC_ADDRESS = '52:54:00:67:77:01';
const LAN_MAC_ADDRESS = '52:54:00:67:77:02';
const COPY_SECONDS = 120;
/** Larger than the image, as the disks of real gateways are. */
export const DISK_BYTES = 8_000_000_000;
const BOOT_SECONDS = 840;
/** Longer than systemd waits for a service before it kills it. */
const HANG_SECONDS = 120;
const BOOT_TAKES = 'one or two minutes, more beside other work';

/**
 * Builds the image where that is necessary, and gives the machine power; `console()` waits until it has booted.
 * @throws ImageError when the image cannot be built or the machine does not start
 */
export async function startVirtualGateway(options: VirtualGatewayOptions): Promise<VirtualGateway> {
  const { tell, signal, workDirectory } = options;
  const image = options.image ?? (await buildImage({ log: tell, signal })).image;
  await mkdir(workDirectory, { recursive: true });
  const settings = gatewaySettings.parse({
    idScope: options.idScope,
    network: { lan: { address: `${LAB_ADDRESSES.ams}/24` } },
  });
  const parts: GatewayParts = {
    ...{ options, image, settings },
    ca: await readFile(options.caFile, 'utf8'),
    stick: join(workDirectory, 'stick.img'),
  };
  await makeStickImage(parts.stick, settings, parts.ca);
  if (options.start === 'snapshot') return goOn(parts);
  tell(`the gateway boots: ${BOOT_TAKES} ...`);
  return boot(parts, workDirectory);
}

interface GatewayParts {
  readonly options: VirtualGatewayOptions;
  readonly image: string;
  readonly settings: GatewaySettings;
  /** PEM */
  readonly ca: string;
  readonly stick: string;
}

/** @param folder for its disk */
async function boot(parts: GatewayParts, folder: string): Promise<VirtualGateway> {
  const base = join(folder, 'gateway.raw');
  await runCommand('cp', ['--sparse=always', '--reflink=auto', '--no-preserve=mode', parts.image, base], {
    timeoutMs: COPY_SECONDS * 1000,
  });
  await installAgent(base);
  await truncate(base, DISK_BYTES);
  const disk = join(folder, 'disk.qcow2');
  await createOverlay(disk, { file: base, format: 'raw' });
  return startMachine(parts, { disk });
}

/** Where the snapshot turns out to be of no use, the gateway boots after all. */
async function goOn(parts: GatewayParts): Promise<VirtualGateway> {
  const { tell, workDirectory } = parts.options;
  const store = new SnapshotStore(join(cacheDirectory(), 'snapshots'), () =>
    tell('waiting for another laboratory, which takes its snapshot of the gateway'),
  );
  const hardware = { network: networkOf(parts.options.network) };
  const key = snapshotKey([parts.options.name ?? 'gateway', ...(await snapshotParts({ ...parts, hardware }))]);
  try {
    const snapshot = await store.with(
      key,
      (folder) => bootAndSave(parts, folder),
      (folder) => copySnapshot(folder, workDirectory),
    );
    tell('the gateway goes on from the snapshot of its boot: some seconds ...');
    return await wakenedMachine(parts, snapshot);
  } catch (error) {
    tell(`The snapshot of the gateway cannot be used: ${describeError(error)}`);
    await store.remove(key);
    tell(`the gateway boots instead: ${BOOT_TAKES} ...`);
    return boot(parts, workDirectory);
  }
}

async function bootAndSave(parts: GatewayParts, folder: string): Promise<void> {
  const { tell, workDirectory } = parts.options;
  tell(`the gateway boots, once for each image, for a snapshot to go on from: ${BOOT_TAKES} ...`);
  const gateway = await boot(parts, folder);
  try {
    await gateway.console();
    await saveSnapshot(gateway, folder);
  } finally {
    await gateway.close();
  }
  await keepVariables(workDirectory, folder);
}

async function wakenedMachine(parts: GatewayParts, snapshot: MachineState): Promise<VirtualGateway> {
  const gateway = await startMachine(parts, snapshot);
  try {
    await wakeUp(gateway);
    return gateway;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

async function startMachine(parts: GatewayParts, state: MachineState): Promise<VirtualGateway> {
  const { options, stick } = parts;
  const { network, workDirectory, logDirectory, tell, onConsole } = options;
  const secondSerialSocket = join(workDirectory, 'agent.sock');
  const machine = await Machine.start({
    ...{ stick, ...state, workDirectory, secondSerialSocket, onConsole },
    network: networkOf(network),
    serialLog: join(logDirectory, 'gateway-console.log'),
  });
  const agent = new GatewayAgent(secondSerialSocket);
  return {
    machine,
    agent,
    console: () => untilShown(machine, shownOnConsole, tell, AbortSignal.timeout(BOOT_SECONDS * 1000)),
    async untilUp() {
      await untilShown(machine, amsRuns, tell, AbortSignal.timeout(BOOT_SECONDS * 1000));
    },
    async killService() {
      await agent.ask('kill-service');
    },
    async pauseService() {
      await agent.ask('pause-service');
    },
    async resumeService() {
      await agent.ask('resume-service');
    },
    async hangService() {
      await agent.ask('hang-service', HANG_SECONDS);
    },
    async flushFirewall() {
      await agent.ask('flush-firewall');
    },
    async forgetPathMtu() {
      await agent.ask('forget-path-mtu');
    },
    async tunnelTraces() {
      const traces = await agent.ask('traces');
      return { interfaceExists: traces.includes('interface'), tableExists: traces.includes('table') };
    },
    async powerCycle(hardware) {
      agent.close();
      await machine.cutPower();
      const disk = join(workDirectory, `disk-${randomUUID()}.qcow2`);
      await createOverlay(disk, { file: state.disk, format: 'qcow2' });
      const firmwareVariables = join(workDirectory, VARIABLES_FILE);
      return startMachine(parts, { ...hardware, disk, stick: undefined, firmwareVariables });
    },
    async close() {
      agent.close();
      await machine.close();
    },
  };
}

/** As its console page says it (appliance/console/page.ts). */
function amsRuns(console: string): true | undefined {
  return console.includes('AMS: laeuft / running') || undefined;
}

function networkOf({ namespaces, taps }: PlantNetwork): MachineNetwork {
  return {
    kind: 'taps',
    namespace: namespaces.gateway,
    wan: { tap: taps.wan, macAddress: WAN_MAC_ADDRESS },
    lan: { tap: taps.lan, macAddress: LAN_MAC_ADDRESS },
  };
}
