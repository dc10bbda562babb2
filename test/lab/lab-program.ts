/**
 * The laboratory itself, which `npm start` runs isolated from the host:
 *
 *     lab-program.ts OPTIONS      OPTIONS: JSON, see labOptions
 *
 * It ends with the story's result, or runs until it is killed: nothing of it outlives its namespaces.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { playStory, type Watcher } from '../story/story.ts';
import { describeError } from './describe-error.ts';
import { FORWARDS, openForwards } from './forwards.ts';
import { tellStart, untilImageIsBuilt } from './lab-messages.ts';
import { labOptions } from './lab-options.ts';
import { type Laboratory, type LaboratoryParts, startLaboratory } from './laboratory.ts';
import { RUN_DIRECTORY } from './run-directory.ts';
import { Steps } from './steps.ts';

const DESKTOP = { width: 1280, height: 800 };

const { gateway, gateways: plants, check, console: showsConsole } = labOptions.parse(JSON.parse(process.argv[2] ?? ''));

// A terminal's Ctrl-C reaches this program too; `npm start` ends it.
process.on('SIGINT', () => undefined);

async function main(): Promise<void> {
  const steps = new Steps(
    (line) => console.log(line),
    (step) => tellStart({ kind: 'step', ...step }),
  );
  const lab = await startLaboratory({
    ...{ prefix: 'eg', directory: RUN_DIRECTORY, steps },
    gateway: gateway === 'image' ? 'virtual-machine' : 'container',
    plants,
    cloudOrigins: [`https://127.0.0.1:${FORWARDS.cloud.port}`],
    image: gateway === 'image' ? untilImageIsBuilt : undefined,
    onConsole: showsConsole ? (text) => process.stdout.write(text) : undefined,
    beforeGateway: check ? undefined : openWays,
  });
  if (check) {
    await playStory(lab, steps, await pictureKeeper());
    await lab.close();
    return;
  }
  await tellRunning(lab);
  await new Promise<never>(() => setInterval(() => undefined, 2 ** 30));
}

/** Keeps a picture of every scene; the AMS is used on a phone and at a desk, the cloud at a desk. */
async function pictureKeeper(): Promise<Watcher> {
  const folder = join(RUN_DIRECTORY, 'screenshots');
  await mkdir(folder, { recursive: true });
  return async (scene, page) => {
    const size = page.viewportSize() ?? DESKTOP;
    await page.screenshot({ path: join(folder, `${scene}.png`), animations: 'disabled' });
    if (size.width >= DESKTOP.width) return;
    await page.setViewportSize(DESKTOP);
    await page.screenshot({ path: join(folder, `${scene}-desktop.png`), animations: 'disabled' });
    await page.setViewportSize(size);
  };
}

/** The cloud can be used while an image still boots. */
async function openWays({ cloud, network, logDirectory }: LaboratoryParts): Promise<void> {
  await openForwards(network, logDirectory);
  if (gateway === 'image') tellStart({ kind: 'cloud-running', firstLogin: await cloud.firstLogin() });
}

async function tellRunning({ gateways, network, cloud, clientInterface }: Laboratory): Promise<void> {
  const told = network.plants.map(async ({ namespaces }, index) => {
    const ams = await gateways[index]?.console();
    if (ams === undefined) throw new Error(`Plant ${index + 1} has no gateway.`);
    return { ams, namespaces: { ...namespaces } };
  });
  tellStart({
    kind: 'running',
    plants: await Promise.all(told),
    firstLogin: await cloud.firstLogin(),
    cloudUrl: cloud.url,
    caFile: cloud.caFile,
    clientInterface,
  });
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(`\n${describeError(error)}`);
  process.exit(1);
}
