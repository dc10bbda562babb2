/**
 * The gateway's image as an integrator and a plant meet it: how much is downloaded, how long it takes from power to the first page of
 * the AMS, and what memory it takes when nothing goes on. Each boot is a first one, from an image that nobody has started yet.
 */
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createAuthority } from '@edgegateway/cloud-stub/pki/x509';
import { buildQemu, deliverImage } from '@edgegateway/image/build';
import { createLabNetwork, LAB_ADDRESSES, type LabNetwork } from '../lab/network.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { startVirtualGateway, type VirtualGateway } from '../lab/virtual-gateway.ts';
import type { Bench } from './bench.ts';
import { bootParts } from './boot-parts.ts';
import { mediansOf } from './measure.ts';

const RUNS = 3;
const MEGABYTE = 1e6;
const KIBIBYTE = 1024;
const PAGE_SECONDS = 600;
const SETTLE_SECONDS = 600;

interface Boot {
  readonly seconds: Readonly<Record<string, number>>;
  readonly memory: Readonly<Record<string, number>>;
}

export const imageBench: Bench = {
  name: 'image',
  async run(directory) {
    await buildQemu({ log: console.log });
    const { image, files } = await deliverImage({ log: console.log }, join(directory, 'delivery'));
    const download = files.find((file) => file.endsWith('.raw.zst')) ?? '';
    const { size } = await stat(join(directory, 'delivery', download));
    const caFile = join(directory, 'ca.pem');
    await writeFile(caFile, (await createAuthority(new Date())).certificatePem);
    const network = await createLabNetwork({ prefix: 'bi', gateway: 'virtual-machine', logDirectory: directory });
    try {
      const boots: Boot[] = [];
      for (let run = 0; run < RUNS; run += 1) boots.push(await boot({ network, image, caFile, directory, run }));
      return [
        ...mediansOf('image', 'MB', [{ download: size / MEGABYTE }]),
        ...mediansOf(
          'image',
          's',
          boots.map(({ seconds }) => seconds),
        ),
        ...mediansOf(
          'image',
          'MB',
          boots.map(({ memory }) => memory),
        ),
      ];
    } finally {
      await network.close();
    }
  },
};

interface BootOptions {
  readonly network: LabNetwork;
  readonly image: string;
  readonly caFile: string;
  readonly directory: string;
  readonly run: number;
}

async function boot({ network, image, caFile, directory, run }: BootOptions): Promise<Boot> {
  const workDirectory = join(directory, 'gateway');
  const gateway = await startVirtualGateway({
    ...{ network, image, caFile, workDirectory, logDirectory: directory, idScope: '0ne0000A1B2' },
    start: 'boot',
    tell: console.log,
  });
  const poweredAt = Date.now();
  try {
    const loadedAt = await firstPage(network, directory, run);
    await gateway.agent.untilAwake();
    await gateway.agent.ask('settled', SETTLE_SECONDS);
    await keepCriticalChain(gateway, join(directory, `critical-chain-${run}.txt`));
    const parts = Object.entries(bootParts(await gateway.agent.ask('boot-moments')));
    return {
      seconds: {
        "power -> the AMS's first page": (loadedAt - poweredAt) / 1000,
        ...Object.fromEntries(parts.map(([part, seconds]) => [`of the boot: ${part}`, seconds])),
      },
      memory: { 'memory, remoteConnect off': usedMemory(await gateway.agent.ask('memory')) },
    };
  } finally {
    await gateway.close();
    await rm(workDirectory, { recursive: true });
  }
}

/** Milliseconds since 1970. */
async function firstPage({ namespaces }: LabNetwork, logDirectory: string, run: number): Promise<number> {
  let loadedAt = Number.NaN;
  const page = await SupervisedProcess.start({
    name: `first-page-${run}`,
    command: 'ip',
    argv: [
      ...['netns', 'exec', namespaces.plant, execPath, join(import.meta.dirname, 'first-page-program.ts')],
      `https://${LAB_ADDRESSES.ams}/`,
    ],
    readyWhen: /^ready/,
    logDirectory,
    onLine: (line) => {
      if (line.startsWith('loaded ')) loadedAt = Number(line.split(' ')[1]);
    },
  });
  try {
    await until("the AMS's first page is there", () => !Number.isNaN(loadedAt), PAGE_SECONDS);
    return loadedAt;
  } finally {
    await page.stop();
  }
}

async function keepCriticalChain({ agent }: VirtualGateway, file: string): Promise<void> {
  const chain = await agent.ask('critical-chain');
  await writeFile(file, `${chain.join('\n')}\n`);
  console.log(chain.join('\n'));
}

/** @param lines of proc_meminfo(5), in kibibytes */
function usedMemory(lines: readonly string[]): number {
  const [total = Number.NaN, available = Number.NaN] = lines.map((line) => Number(/(\d+) kB/.exec(line)?.[1]));
  return ((total - available) * KIBIBYTE) / MEGABYTE;
}
