/**
 * `.run/system.json`: how a program that is not ours joins the running laboratory, for example a gateway written with
 * another SDK, a STUN client or a test of the cloud's interface. Only its owner may read it: it holds one-time codes.
 */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverUrl, storeFolder } from '@edgegateway/cloud-stub/store/embedded-store';
import { z } from 'zod';
import { LAB_ID_SCOPE } from './cloud.ts';
import { amsHost, FORWARDS } from './forwards.ts';
import type { RunningMessage } from './lab-messages.ts';
import { LAB_ADDRESSES, LAB_HOSTS, LAB_RELAYS, LAB_STUN_SERVERS } from './network.ts';
import { RUN_DIRECTORY } from './run-directory.ts';

const FILE = join(RUN_DIRECTORY, 'system.json');

const ams = z.object({ url: z.string(), loopbackUrl: z.string(), oneTimeCode: z.string(), fingerprint: z.string() });
/** By place; the names are known inside (ip-netns(8)). */
const namespaces = z.record(z.string(), z.string());

const systemFile = z.object({
  /** The first process of the isolated laboratory: `nsenter --target PID --all` goes inside. */
  leader: z.int(),
  cloud: z.object({
    /** Inside. */
    url: z.string(),
    /** On the host. */
    loopbackUrl: z.string(),
    /** PEM file of the authority that signs every certificate of the cloud. */
    ca: z.string(),
    firstLogin: z.object({ email: z.string(), code: z.string(), url: z.string() }),
  }),
  /** Of the first plant. */
  ams,
  dps: z.object({ host: z.string(), port: z.int(), idScope: z.string() }),
  hub: z.object({ host: z.string(), port: z.int() }),
  relays: z.array(z.object({ name: z.string(), url: z.string() })),
  stun: z.array(z.object({ name: z.string(), host: z.string(), port: z.int() })),
  /** Of the cloud's store: a socket that only the laboratory's user reaches (postgres's "Connection URIs"). */
  database: z.string(),
  /** Answers the production names in the namespace `office`. */
  names: z.object({ server: z.string() }),
  /** With those of the first plant. */
  namespaces,
  furtherPlants: z.array(z.object({ ams, namespaces })),
  clientInterface: z.string(),
  logs: z.string(),
});
export type SystemFile = z.infer<typeof systemFile>;

export async function writeSystemFile(leader: number, facts: RunningMessage): Promise<void> {
  const [first, ...furtherPlants] = facts.plants.map((plant, index) => ({
    namespaces: plant.namespaces,
    ams: { url: `https://${LAB_ADDRESSES.ams}`, loopbackUrl: `https://${amsHost(index)}`, ...plant.ams },
  }));
  if (first === undefined) throw new Error('The laboratory tells of no plant.');
  const system: SystemFile = {
    leader,
    cloud: {
      url: facts.cloudUrl,
      loopbackUrl: `https://127.0.0.1:${FORWARDS.cloud.port}`,
      ca: facts.caFile,
      firstLogin: facts.firstLogin,
    },
    ...first,
    furtherPlants,
    dps: { host: LAB_HOSTS.dps, port: 443, idScope: LAB_ID_SCOPE },
    hub: { host: LAB_HOSTS.hub, port: 8883 },
    relays: LAB_RELAYS.map(({ name, host, port }) => ({ name, url: `wss://${host}:${port}/` })),
    stun: LAB_STUN_SERVERS.map(({ name, host, port }) => ({ name, host, port })),
    database: serverUrl(storeFolder(join(RUN_DIRECTORY, 'cloud')), 'postgres'),
    names: { server: LAB_ADDRESSES.internetOfOffice },
    clientInterface: facts.clientInterface,
    logs: join(RUN_DIRECTORY, 'log'),
  };
  await writeFile(FILE, `${JSON.stringify(system, null, 2)}\n`, { mode: 0o600 });
}

export async function removeSystemFile(): Promise<void> {
  await rm(FILE, { force: true });
}

/** @throws Error that says what to do when no laboratory is running */
export async function readSystemFile(): Promise<SystemFile> {
  const text = await readFile(FILE, 'utf8').catch(() => null);
  const system = text === null ? null : systemFile.parse(JSON.parse(text));
  // A laboratory that was killed leaves the file behind.
  if (system === null || !existsSync(`/proc/${system.leader}`)) {
    throw new Error(
      'No laboratory is running here. Start one with "npm start" in another terminal and wait for its addresses.',
    );
  }
  return system;
}
