/**
 * The whole system on one computer.
 *
 *     npm start              runs it until Ctrl-C
 *     npm start -- --check   walks the main story once and ends; exit status 0 only if all of it held
 */
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { playStory } from '../story/story.ts';
import { acquireLabLock } from './lab-lock.ts';
import { type Laboratory, startLaboratory } from './laboratory.ts';
import { type Forward, requireFreePort, startForward } from './loopback-forward.ts';
import { LAB_ADDRESSES } from './network.ts';
import { announceLab, RUNNING_LAB_LOCK, withdrawLab } from './running-lab.ts';
import { Steps } from './steps.ts';

const root = join(import.meta.dirname, '../..');
const NEEDED_BYTES = 8 * 1024 ** 3;
const PREFIX = 'eg';

/** Ends the program with what happened, if it is one of ours, or with everything that is known of it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\nThe last thing seen: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

async function checkDisk(): Promise<void> {
  await mkdir(join(root, 'build'), { recursive: true });
  const { bavail, bsize } = await statfs(join(root, 'build'));
  const free = bavail * bsize;
  if (free < NEEDED_BYTES) {
    throw new Error(
      `Only ${(free / 1024 ** 3).toFixed(1)} GiB are free in ${root}; image and laboratory need ${NEEDED_BYTES / 1024 ** 3} GiB. Free some space and start again.`,
    );
  }
}

function forwardsOf(namespaces: Laboratory['network']['namespaces']): Record<'ams' | 'cloud' | 'machine', Forward> {
  return {
    ams: { name: 'ams', port: FORWARD_PORTS.ams, namespace: namespaces.plant, target: `${LAB_ADDRESSES.ams}:443` },
    cloud: {
      name: 'cloud',
      port: FORWARD_PORTS.cloud,
      namespace: namespaces.office,
      target: `${LAB_ADDRESSES.web}:443`,
    },
    machine: {
      name: 'machine',
      port: FORWARD_PORTS.machine,
      namespace: namespaces.office,
      target: `${LAB_ADDRESSES.machine}:80`,
    },
  };
}

const FORWARD_PORTS = { ams: 8443, cloud: 9443, machine: 8080 } as const;

async function stayUp(lab: Laboratory, signal: AbortSignal): Promise<void> {
  const forwards = Object.values(forwardsOf(lab.network.namespaces));
  const running = [];
  try {
    for (const forward of forwards) running.push(await startForward(forward, lab.logDirectory));
    await announceLab({
      officeNamespace: lab.network.namespaces.office,
      caFile: lab.cloud.caFile,
      clientInterface: lab.clientInterface,
      logDirectory: lab.logDirectory,
    });
    console.log(await welcome(lab));
    await aborted(signal);
  } finally {
    await withdrawLab();
    for (const forward of running) await forward.stop();
  }
}

async function welcome(lab: Laboratory): Promise<string> {
  const console = await lab.gateway.console();
  const login = await lab.cloud.firstLogin();
  return `
Everything runs. The certificates are the laboratory's own, so the browser asks you once for each address.

  Plant    https://127.0.0.1:${FORWARD_PORTS.ams}   the AMS of the gateway
           one-time code for the first password: ${console.oneTimeCode}
           SHA-256 fingerprint of its certificate: ${console.fingerprint}
  Cloud    https://127.0.0.1:${FORWARD_PORTS.cloud}/invitation
           first administrator ${login.email}, invitation code: ${login.code}
           administrators need a second factor: have an authenticator app at hand (the page shows the secret as text too)
  Machine  http://127.0.0.1:${FORWARD_PORTS.machine}    as the technician's computer sees it: silent until the tunnel stands
           its address in the plant: ${LAB_ADDRESSES.machine}, web page on port 80 and Modbus/TCP on port 502

To play the technician, start a session in the cloud, copy its link and run in another terminal
  npm run technician -- 'LINK'

Logs: ${lab.logDirectory}
Ctrl-C takes everything down.
`;
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const isCheck = words.includes('--check');
  const unknown = words.filter((word) => word !== '--check');
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. Use "npm start" or "npm start -- --check".`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error('Stopped. Everything that was started has been taken down.')));
  }
  const lock = await acquireLabLock(RUNNING_LAB_LOCK);
  try {
    await checkDisk();
    if (!isCheck) for (const port of Object.values(FORWARD_PORTS)) await requireFreePort(port);
    const steps = new Steps((line) => console.log(line), stop.signal);
    const directory = join(root, 'build/lab');
    const lab = await startLaboratory({
      ...{ prefix: PREFIX, gateway: 'virtual-machine', directory, steps },
      cloudOrigins: [`https://127.0.0.1:${FORWARD_PORTS.cloud}`],
    });
    try {
      if (isCheck) await check(lab, steps);
      else await stayUp(lab, stop.signal);
    } finally {
      console.log('… take everything down');
      await lab.close();
    }
  } finally {
    await lock.release();
  }
}

async function check(lab: Laboratory, steps: Steps): Promise<void> {
  const stopped = aborted(steps.signal).then(() => steps.signal.throwIfAborted());
  await Promise.race([playStory(lab, steps), stopped]);
  steps.summary();
  console.log('The whole story held.');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

try {
  await main();
} catch (error) {
  console.error(`\n${describe(error)}`);
  process.exitCode = 1;
}
