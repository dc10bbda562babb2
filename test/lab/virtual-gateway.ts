/** The laboratory's gateway as the very image in QEMU, with a provisioning stick of its own. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { buildImage } from '@edgegateway/image/build';
import { makeStickImage } from '@edgegateway/image/provision';
import { Machine } from '@edgegateway/image/qemu/machine';
import { gatewaySettings } from '@edgegateway/protocol/gateway-files';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { LabGateway } from './gateway.ts';
import { LAB_ADDRESSES, type LabNetwork } from './network.ts';
import { until } from './until.ts';
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
/** Software emulation may lose the timer of a processor while the kernel boots, and the kernel says so (seen once in eight boots). */
const LOST_TIMER = /rcu: INFO: rcu_\w+ detected stalls/;
/** Of the console, told when the gateway does not come up. */
const LAST_LINES = 25;

/**
 * Builds the image where that is necessary, and gives the machine power; `console()` waits until it has booted.
 * @throws ImageError when the image cannot be built or the machine does not start
 */
export async function startVirtualGateway(options: VirtualGatewayOptions): Promise<VirtualGateway> {
  const { network, workDirectory, logDirectory, tell, signal } = options;
  const image = options.image ?? (await buildImage({ log: tell, signal })).image;
  await mkdir(workDirectory, { recursive: true });

  const disk = join(workDirectory, 'gateway.raw');
  await runCommand('cp', ['--sparse=always', '--reflink=auto', '--no-preserve=mode', image, disk], {
    timeoutMs: COPY_SECONDS * 1000,
  });
  await installAgent(disk);
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
    async console() {
      let isStartedAgain = false;
      try {
        return await until(
          'the console shows one-time code and fingerprint',
          async () => {
            if (!machine.running) throw new Error('The virtual machine has ended.');
            const text = await machine.serialText();
            if (!isStartedAgain && LOST_TIMER.test(text)) {
              isStartedAgain = true;
              tell('the emulator has lost the timer of a processor: the machine is started again ...');
              await machine.reset();
            }
            return shownOnConsole(text);
          },
          BOOT_SECONDS,
        );
      } catch (error) {
        const last = stripVTControlCharacters(await machine.serialText())
          .trimEnd()
          .split(/[\r\n]+/)
          .slice(-LAST_LINES);
        throw new Error(`The gateway did not come up. Its console said last:\n${last.join('\n')}`, { cause: error });
      }
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

/** Takes what the first serial port said; the last page counts. */
export function shownOnConsole(text: string): { oneTimeCode: string; fingerprint: string } | undefined {
  const oneTimeCode = text
    .match(/One-time code: *([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})/g)
    ?.at(-1)
    ?.slice(-14);
  const fingerprint = text
    .match(/SHA-256 fingerprint: *((?:[0-9A-F]{2}:){31}[0-9A-F]{2})/g)
    ?.at(-1)
    ?.slice(-95);
  return oneTimeCode === undefined || fingerprint === undefined ? undefined : { oneTimeCode, fingerprint };
}
