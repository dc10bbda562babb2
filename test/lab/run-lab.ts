/**
 * Runs the laboratory isolated from the host, so that it leaves nothing behind however it ends. What it needs is built outside:
 * building takes the network, which the laboratory does not have. The gateway's image takes minutes, so it is built while the cloud
 * runs already.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { buildImage } from '@edgegateway/image/build';
import { buildForTests, buildPrograms } from '../build-for-tests.ts';
import { CONTROL_GROUP, withControlGroup } from '../control-group.ts';
import { isolated } from '../isolated.ts';
import {
  type CloudRunningMessage,
  IMAGE_DESCRIPTOR,
  MESSAGE_DESCRIPTOR,
  parseLabMessage,
  type RunningMessage,
} from './lab-messages.ts';
import type { LabOptions } from './lab-options.ts';
import { type Step, Steps } from './steps.ts';

const PROGRAM = join(import.meta.dirname, 'lab-program.ts');

export interface LabRun {
  readonly options: LabOptions;
  readonly signal: AbortSignal;
  readonly ended: (step: Step) => void;
  /** Told once the laboratory has its first process, as the host numbers it. */
  readonly started: (leader: number) => void;
  /** Told once the cloud can be used, where the gateway takes its time; never with `check`. */
  readonly cloudRunning: (facts: CloudRunningMessage) => void;
  /** Told once everything runs; never with `check`. */
  readonly running: (facts: RunningMessage) => void;
}

/**
 * @returns the exit status of the laboratory
 * @throws the signal's reason, after everything that was started has ended
 */
export async function runLab(run: LabRun): Promise<number> {
  const { options, signal } = run;
  const steps = new Steps((line) => console.log(line), run.ended);
  const isImage = options.gateway === 'image';
  await steps.step('build what is not built yet', (tell) =>
    isImage ? buildPrograms(tell) : buildForTests('container', tell, signal),
  );
  signal.throwIfAborted();
  const status = await withControlGroup((group) =>
    isImage ? runWhileBuilding(run, steps, group) : runIsolated(run, group),
  );
  signal.throwIfAborted();
  return status;
}

/** The laboratory ends when the build fails, and the other way round. */
async function runWhileBuilding(run: LabRun, steps: Steps, group: string): Promise<number> {
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  const image = steps.step("build the gateway's image", async (tell) => {
    tell('seconds where it is there already, some minutes otherwise ...');
    return (await buildImage({ log: tell, signal })).image;
  });
  const isBuilt = image.then(
    () => undefined,
    (error: unknown) => over.abort(error),
  );
  const status = await runIsolated({ ...run, signal }, group, image);
  const buildFailed = over.signal.aborted;
  over.abort();
  await isBuilt;
  run.signal.throwIfAborted();
  if (buildFailed) over.signal.throwIfAborted();
  return status;
}

async function runIsolated(run: LabRun, group: string, image?: Promise<string>): Promise<number> {
  const { options, signal, ended, started } = run;
  const { command, argv } = isolated({ command: execPath, argv: [PROGRAM, JSON.stringify(options)] });
  const child = spawn(command, argv, {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
    env: { ...process.env, [CONTROL_GROUP]: group },
  });
  // The isolation's first process dies with it, and takes all others along.
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  const pipe = child.stdio[MESSAGE_DESCRIPTOR];
  if (!(pipe instanceof Readable)) throw new Error('The laboratory has no pipe for its messages.');
  const imagePipe = child.stdio[IMAGE_DESCRIPTOR];
  if (!(imagePipe instanceof Writable)) throw new Error('The laboratory has no pipe for its image.');
  // Where the laboratory has ended meanwhile there is nobody to tell.
  imagePipe.on('error', () => undefined);
  image?.then(
    (file) => imagePipe.end(file),
    () => imagePipe.destroy(),
  );
  let isStarted = false;
  createInterface({ input: pipe }).on('line', (line) => {
    if (!isStarted) started(leaderOf(child));
    isStarted = true;
    const message = parseLabMessage(line);
    switch (message.kind) {
      case 'step':
        ended({ name: message.name, ok: message.ok, ms: message.ms });
        break;
      case 'cloud-running':
        run.cloudRunning(message);
        break;
      case 'running':
        run.running(message);
        break;
    }
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** The one child of unshare(1), which is the first process of the PID namespace. */
function leaderOf({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
}
