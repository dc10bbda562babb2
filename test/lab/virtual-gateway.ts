/** The laboratory's gateway as the very image in QEMU, with a provisioning stick of its own. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage } from '@edgegateway/image/build';
import { makeStickImage } from '@edgegateway/image/provision';
import { createOverlay } from '@edgegateway/image/qemu/disks';
import { Machine } from '@edgegateway/image/qemu/machine';
import { shownOnConsole } from '@edgegateway/image/qemu/shown-on-console';
import { untilShown } from '@edgegateway/image/qemu/until-shown';
import { gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { LabGateway } from './gateway.ts';
import { LAB_ADDRESSES, type LabNetwork } from './network.ts';
import { GatewayAgent, installAgent } from './virtual-gateway-agent.ts';

export interface VirtualGatewayOptions {
  readonly network: LabNetwork;
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
}

export interface VirtualGateway extends LabGateway {
  readonly machine: Machine;
  readonly agent: GatewayAgent;
}

const WAN_MAC_ADDRESS = '52:54:00:67:77:01';
const LAN_MAC_ADDRESS = '52:54:00:67:77:02';
const COPY_SECONDS = 120;
const BOOT_SECONDS = 360;

/**
 * Builds the image where that is necessary, and gives the machine power; `console()` waits until it has booted.
 * @throws ImageError when the image cannot be built or the machine does not start
 */
export async function startVirtualGateway(options: VirtualGatewayOptions): Promise<VirtualGateway> {
  const { network, workDirectory, logDirectory, tell, signal } = options;
  const image = options.image ?? (await buildImage({ log: tell, signal })).image;
  await mkdir(workDirectory, { recursive: true });

  const base = join(workDirectory, 'gateway.raw');
  await runCommand('cp', ['--sparse=always', '--reflink=auto', '--no-preserve=mode', image, base], {
    timeoutMs: COPY_SECONDS * 1000,
  });
  await installAgent(base);
  const disk = join(workDirectory, 'disk.qcow2');
  await createOverlay(disk, { file: base, format: 'raw' });
  const stick = join(workDirectory, 'stick.img');
  const settings = gatewaySettings.parse({
    idScope: options.idScope,
    network: { lan: { address: `${LAB_ADDRESSES.ams}/24` } },
  });
  await makeStickImage(stick, settings, await readFile(options.caFile, 'utf8'));

  const secondSerialSocket = join(workDirectory, 'agent.sock');
  const machine = await Machine.start({
    disk,
    stick,
    network: {
      kind: 'taps',
      namespace: network.namespaces.gateway,
      wan: { tap: network.taps.wan, macAddress: WAN_MAC_ADDRESS },
      lan: { tap: network.taps.lan, macAddress: LAN_MAC_ADDRESS },
    },
    workDirectory,
    serialLog: join(logDirectory, 'gateway-console.log'),
    secondSerialSocket,
  });
  const agent = new GatewayAgent(secondSerialSocket);
  return {
    machine,
    agent,
    console: () => untilShown(machine, shownOnConsole, tell, AbortSignal.timeout(BOOT_SECONDS * 1000)),
    async killService() {
      await agent.ask('kill-service');
    },
    async pauseService() {
      await agent.ask('pause-service');
    },
    async resumeService() {
      await agent.ask('resume-service');
    },
    async tunnelTraces() {
      const traces = await agent.ask('traces');
      return { interfaceExists: traces.includes('interface'), tableExists: traces.includes('table') };
    },
    async close() {
      agent.close();
      await machine.close();
    },
  };
}
