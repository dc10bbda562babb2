/** What a tunnel makes of a way between the ends that has become narrow: all bytes still come, and the status tells the size (K02). */
import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { PACKET_BYTES } from '@edgegateway/tunnel/path/path-size';
import { expect } from 'vitest';
import { blockDirectPath, directBytes, freeDirectPath } from '../lab/internet-firewall.ts';
import type { Laboratory } from '../lab/laboratory.ts';
import { onSlowLines, widen } from '../lab/narrow-way.ts';
import { LAB_ADDRESSES, type LabNetwork } from '../lab/network.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import * as ams from './ams-pages.ts';
import { type StoryPeople, TECHNICIAN } from './story.ts';

const PROGRAM = join(import.meta.dirname, '../netns/transfer-program.ts');
const PORT = 9000;
const BYTES = 5_000_000;
const TRANSFER_SECONDS = 240;

const SMALL = `, packets up to ${PACKET_BYTES.base} bytes`;

/** Of a session on its direct path, to which it comes back. */
export async function withstandNarrowWay(
  lab: Laboratory,
  cast: StoryPeople,
  narrow: (network: LabNetwork) => Promise<void>,
): Promise<void> {
  const { network } = lab;
  const server = await SupervisedProcess.start({
    name: 'transfer',
    command: 'ip',
    argv: ['netns', 'exec', network.namespaces.plant, execPath, PROGRAM, 'serve', String(PORT)],
    readyWhen: /^ready/,
    logDirectory: lab.logDirectory,
  });
  try {
    await expectPath(cast, 'Direct', 'direct', '');
    await narrow(network);
    await expectPath(cast, 'Direct', 'direct', SMALL);
    const { toWan, toOffice } = await directBytes(network, () => onSlowLines(network, () => expectWhole(network)));
    expect(Math.min(toWan, toOffice), 'bytes on the direct path').toBeGreaterThan(BYTES);
    await expectPath(cast, 'Direct', 'direct', SMALL);
    await blockDirectPath(network);
    try {
      await expectPath(cast, 'Relay', 'over a relay', '');
      await onSlowLines(network, () => expectWhole(network));
      await expectPath(cast, 'Relay', 'over a relay', '');
    } finally {
      // A path that begins on a wide way has its full size at once.
      await widenFor(lab);
      await freeDirectPath(network);
    }
    await expectPath(cast, 'Direct', 'direct', '');
  } finally {
    await widenFor(lab);
    await server.stop();
  }
}

async function widenFor({ network, gateway }: Laboratory): Promise<void> {
  await widen(network);
  await gateway.forgetPathMtu();
}

/** As the cloud has it from the client, and the AMS from the gateway. */
async function expectPath({ technician, plantStaff }: StoryPeople, client: string, gateway: string, size: string) {
  const name = client === 'Relay' ? /^Relay .+\.$/ : `${client}${size}`;
  await technician.page.getByRole('cell', { name, exact: true }).waitFor();
  await ams.expectPath(plantStaff.page, TECHNICIAN.name, `${gateway}${size}`);
}

/** Through the tunnel to a machine and back. */
async function expectWhole({ namespaces }: LabNetwork): Promise<void> {
  const send = [PROGRAM, 'send', LAB_ADDRESSES.machine, String(PORT), String(BYTES)];
  const said = await runCommand('ip', ['netns', 'exec', namespaces.office, execPath, ...send], {
    timeoutMs: TRANSFER_SECONDS * 1000,
  });
  expect(said).toBe('ready\nwhole\n');
}
