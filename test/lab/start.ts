/**
 * The whole system on one computer.
 *
 *     npm start                          runs it until Ctrl-C
 *     npm start -- --check               walks the main story once and ends; exit status 0 only if all of it held
 *       ... --gateways 2                 with several gateways, each in a plant of its own
 *       ... --console                    with the gateway's console in this terminal
 *       ... --gateway container          with the tree of the gateway's image as a container instead of the image in QEMU
 */
import { createHash } from 'node:crypto';
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { describeError } from './describe-error.ts';
import { amsHost, FORWARDS, takePorts } from './forwards.ts';
import { acquireLabLock } from './lab-lock.ts';
import type { CloudRunningMessage, RunningMessage } from './lab-messages.ts';
import { type LabOptions, parseLabArguments } from './lab-options.ts';
import { LAB_ADDRESSES } from './network.ts';
import { RUN_DIRECTORY } from './run-directory.ts';
import { runLab } from './run-lab.ts';
import { type Step, summaryOf } from './steps.ts';
import { removeSystemFile, writeSystemFile } from './system-file.ts';

const GIBIBYTE = 1024 ** 3;
/** What building and running takes at most, in an empty checkout with an empty cache. */
const NEEDED_GIBIBYTES: Readonly<Record<LabOptions['gateway'], number>> = { container: 4, image: 8 };

function cloudWelcome({ firstLogin }: CloudRunningMessage): string {
  return `
The cloud runs already, while the gateway is still on its way:

${cloudLines(firstLogin)}
`;
}

function cloudLines({ email, code }: CloudRunningMessage['firstLogin']): string {
  return `  Cloud    https://127.0.0.1:${FORWARDS.cloud.port}/invitation
           first administrator ${email}, invitation code: ${code}
           administrators need a second factor: have an authenticator app at hand (the page shows the secret as text too)`;
}

function amsLines({ ams }: RunningMessage['plants'][number], index: number): string {
  const plant = index === 0 ? 'Plant  ' : `Plant ${index + 1}`;
  return `  ${plant}  https://${amsHost(index)}   the AMS of the gateway
           one-time code for the first password: ${ams.oneTimeCode}
           SHA-256 fingerprint of its certificate: ${ams.fingerprint}`;
}

function welcome({ plants, firstLogin }: RunningMessage): string {
  return `
Everything runs. The certificates are the laboratory's own, so the browser asks you once for each address.

${plants.map(amsLines).join('\n')}
${cloudLines(firstLogin)}
  Machine  http://127.0.0.1:${FORWARDS.machine.port}    as the technician's computer sees it: silent until the tunnel stands
           its address in the plant: ${LAB_ADDRESSES.machine}, web page on port 80 and Modbus/TCP on port 502

To play the technician, start a session in the cloud, copy its link and run in another terminal
  npm run technician -- 'LINK'

Logs: ${join(RUN_DIRECTORY, 'log')}; how other programs join: ${join(RUN_DIRECTORY, 'system.json')}
Ctrl-C takes everything down.
`;
}

async function checkDisk(gateway: LabOptions['gateway']): Promise<void> {
  await mkdir(RUN_DIRECTORY, { recursive: true });
  const { bavail, bsize } = await statfs(RUN_DIRECTORY);
  const needed = NEEDED_GIBIBYTES[gateway];
  const free = (bavail * bsize) / GIBIBYTE;
  if (free < needed) {
    throw new Error(
      `Only ${free.toFixed(1)} GiB are free where this checkout lies; up to ${needed} GiB are needed. Free some space and start again.`,
    );
  }
}

/** One a checkout; the name of a checkout may be long. */
function lockFile(): string {
  return `/run/edgegateway-lab-${createHash('sha256').update(RUN_DIRECTORY).digest('hex').slice(0, 16)}.lock`;
}

async function main(): Promise<number> {
  const options = parseLabArguments(process.argv.slice(2));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error('Stopped. Everything that was started has been taken down.')));
  }
  const lock = await acquireLabLock(lockFile());
  const steps: Step[] = [];
  let leader: number | undefined;
  let ports: readonly Server[] = [];
  try {
    await checkDisk(options.gateway);
    if (!options.check) ports = await takePorts(options.gateways, () => leader);
    return await runLab({
      options,
      signal: stop.signal,
      ended: (step) => steps.push(step),
      started: (pid) => {
        leader = pid;
      },
      cloudRunning: (facts) => console.log(cloudWelcome(facts)),
      running: (facts) => {
        writeSystemFile(leader ?? 0, facts).then(
          () => console.log(welcome(facts)),
          (error: unknown) => stop.abort(error),
        );
      },
    });
  } finally {
    for (const server of ports) server.close();
    if (options.check && steps.length > 0) await tellSteps(steps);
    await removeSystemFile();
    await lock.release();
  }
}

async function tellSteps(steps: readonly Step[]): Promise<void> {
  await writeFile(join(RUN_DIRECTORY, 'check.json'), `${JSON.stringify({ steps }, null, 2)}\n`);
  console.log(`\n${summaryOf(steps, performance.now())}`);
  console.log(`\nPictures, logs and check.json: ${RUN_DIRECTORY}`);
}

try {
  const status = await main();
  if (status === 0) console.log('The whole story held.');
  process.exit(status);
} catch (error) {
  console.error(`\n${describeError(error)}`);
  process.exit(1);
}
