/**
 * The complete local cloud inside the laboratory's namespace `cloud`: API with hub, and the relays and STUN servers of
 * both regions, each a program of its own.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { CLOUD_FILES, type CloudConfiguration } from '@edgegateway/cloud-stub/configuration';
import { TUNNEL_NETWORK } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { COMPILE_CACHE } from './compile-cache.ts';
import { LAB_ADDRESSES, LAB_HOSTS, LAB_RELAYS, LAB_STUN_SERVERS } from './network.ts';
import { SupervisedProcess } from './supervised-process.ts';

const stub = join(import.meta.dirname, '../../cloud-stub');
const RELAY_SIGHT_PRELOAD = join(import.meta.dirname, 'relay-sight-preload.ts');

export const LAB_ID_SCOPE = '0ne0000A1B2';

const firstLogin = z.object({ code: z.string(), email: z.string(), url: z.string() });
export type FirstLogin = z.infer<typeof firstLogin>;

export interface LabCloud {
  readonly url: string;
  /** PEM file of the certification authority that gateways, clients and browsers trust. */
  readonly caFile: string;
  readonly main: SupervisedProcess;
  /** By name. */
  readonly relays: ReadonlyMap<string, SupervisedProcess>;
  /** The first bytes that the relays have sent since their start, without TLS: what their operator can read. */
  relaySight(): Promise<Buffer>;
  firstLogin(): Promise<FirstLogin>;
  close(): Promise<void>;
}

export interface LabCloudOptions {
  readonly namespace: string;
  readonly dataDirectory: string;
  readonly logDirectory: string;
  /** The built web interface. */
  readonly ui: string;
  /** Under which addresses browsers see it besides its own. */
  readonly otherOrigins: readonly string[];
}

/**
 * Starts the cloud's programs; each is started again when it dies.
 * @throws Error with the program's last lines when one does not get ready
 */
export async function startLabCloud(options: LabCloudOptions): Promise<LabCloud> {
  await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
  const configurationFile = join(options.dataDirectory, 'configuration.json');
  await writeFile(configurationFile, JSON.stringify(configuration(options), null, 2));

  const start = (
    name: string,
    argv: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<SupervisedProcess> =>
    SupervisedProcess.start({
      name,
      command: 'ip',
      environment: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
      argv: ['netns', 'exec', options.namespace, execPath, ...argv, '--config', configurationFile],
      readyWhen: /^ready /,
      logDirectory: options.logDirectory,
      restart: true,
    });
  const started: SupervisedProcess[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((program) => program.stop()));
  };
  try {
    const main = await start('cloud', [join(stub, 'main.ts'), '--ui', options.ui]);
    started.push(main);
    const relays = new Map<string, SupervisedProcess>();
    // All at once, and none is forgotten when another one fails.
    const others = await Promise.allSettled([
      ...LAB_RELAYS.map(async ({ name }) => {
        const program = ['--import', RELAY_SIGHT_PRELOAD, join(stub, 'relay/main.ts')];
        const relay = await start(name, [...program, '--name', name], { RELAY_SIGHT: sightFile(options, name) });
        started.push(relay);
        relays.set(name, relay);
      }),
      ...LAB_STUN_SERVERS.map(async ({ name }) => {
        started.push(await start(name, [join(stub, 'stun/main.ts'), '--name', name]));
      }),
    ]);
    for (const other of others) if (other.status === 'rejected') throw other.reason;
    return {
      url: `https://${LAB_HOSTS.web}`,
      caFile: join(options.dataDirectory, CLOUD_FILES.ca),
      main,
      relays,
      async relaySight() {
        return Buffer.concat(await Promise.all(LAB_RELAYS.map(({ name }) => readFile(sightFile(options, name)))));
      },
      async firstLogin() {
        return firstLogin.parse(
          JSON.parse(await readFile(join(options.dataDirectory, CLOUD_FILES.firstLogin), 'utf8')),
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sightFile({ logDirectory }: LabCloudOptions, relay: string): string {
  return join(logDirectory, `${relay}.sight`);
}

function configuration({ dataDirectory, otherOrigins }: LabCloudOptions): CloudConfiguration {
  return {
    dataDirectory,
    idScope: LAB_ID_SCOPE,
    tunnelNetwork: TUNNEL_NETWORK,
    secondFactor: 'administrators',
    web: { host: LAB_HOSTS.web, port: 443, address: LAB_ADDRESSES.web, otherOrigins: [...otherOrigins] },
    dps: { host: LAB_HOSTS.dps, port: 443, address: LAB_ADDRESSES.dps },
    hub: { host: LAB_HOSTS.hub, port: 8883, address: LAB_ADDRESSES.hub },
    relays: [...LAB_RELAYS],
    stunServers: [...LAB_STUN_SERVERS],
  };
}
