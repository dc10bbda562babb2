/** A tunnel between two sites behind NATs of given kinds, with relays and STUN servers, and what may befall it. */
import { join } from 'node:path';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { pathOf } from './grid/end-path.ts';
import type { Path } from './grid/expected-path.ts';
import { CLOUD_ADDRESSES, Internet } from './grid/internet.ts';
import type { GridKind } from './grid/nat-kinds.ts';
import { type Program, Programs } from './grid/programs.ts';
import { createSite, type Site } from './grid/site.ts';
import { startEcho } from './grid/streams.ts';
import { relayAt, stunAt, TestCloud } from './grid/test-cloud.ts';
import { endSettings, releasedAddressOf, type TunnelPair, tunnelEnd, tunnelPair } from './grid/tunnel-pair.ts';
import type { RunningPing } from './ping-count.ts';

export interface NattedTunnelOptions {
  /** First part of the namespaces' names. */
  readonly prefix: string;
  readonly client: GridKind;
  readonly gateway: GridKind;
  /** Whether the configured STUN servers run. */
  readonly hasStun: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
const RELAYS = [relayAt('relay0', CLOUD_ADDRESSES.relay0), relayAt('relay1', CLOUD_ADDRESSES.relay1)];
const STUN_SERVERS = [stunAt('stun0', CLOUD_ADDRESSES.stun0), stunAt('stun1', CLOUD_ADDRESSES.stun1)];
const UPGRADE_SECONDS = 90;
const PING_SECONDS = 0.05;

export class NattedTunnel {
  readonly sites: { readonly client: Site; readonly gateway: Site };
  readonly #internet: Internet;
  readonly #programs: Programs;
  readonly #pair: TunnelPair;
  #stun: Program | null = null;
  #ends: { readonly client: Program; readonly gateway: Program } | null = null;

  private constructor(internet: Internet, programs: Programs, pair: TunnelPair) {
    this.#internet = internet;
    this.#programs = programs;
    this.#pair = pair;
    this.sites = { client: pair.client.site, gateway: pair.gateway.site };
  }

  /** Fulfilled once both ends run; they are not connected yet. */
  static async create({ prefix, client, gateway, hasStun }: NattedTunnelOptions): Promise<NattedTunnel> {
    const internet = await Internet.create(prefix);
    const programs = await Programs.in(join(ROOT, 'build', `natted-${prefix}`));
    const end = async (role: 'client' | 'gateway', kind: GridKind) =>
      tunnelEnd(role, 1, {
        name: role,
        interfaceName: internet.name(role),
        site: await createSite(internet, role, kind),
        meetingPoints: { relays: RELAYS, stunServers: STUN_SERVERS },
      });
    const pair = tunnelPair(await end('client', client), await end('gateway', gateway));
    const tunnel = new NattedTunnel(internet, programs, pair);
    await tunnel.#start(hasStun);
    return tunnel;
  }

  /** Names of WireGuard's. */
  get interfaces(): { readonly client: string; readonly gateway: string } {
    return { client: this.#pair.client.interfaceName, gateway: this.#pair.gateway.interfaceName };
  }

  /** As the client says; null: not connected. */
  get path(): Path | null {
    return this.#ends === null ? null : pathOf(this.#ends.client, 'gateway');
  }

  /** The paths that the client told, one after the other. */
  get paths(): readonly string[] {
    const lines = this.#ends?.client.lines ?? [];
    return lines.flatMap(({ text }) => /^path gateway (\w+)$/.exec(text)?.[1] ?? []);
  }

  /** How often an end has said that the other is lost. */
  get losses(): number {
    const lines = Object.values(this.#ends ?? {}).flatMap((end) => end.lines);
    return lines.filter(({ text }) => text.startsWith('lost ')).length;
  }

  untilPath(wanted: Path): Promise<boolean> {
    return until(`the path is ${wanted}`, () => this.path === wanted, UPGRADE_SECONDS);
  }

  async stopStun(): Promise<void> {
    await this.#stun?.stop();
  }

  async startPing(): Promise<RunningPing> {
    const { client, gateway } = this.#pair;
    const lines: string[] = [];
    const ping = await SupervisedProcess.start({
      name: 'ping',
      command: 'ip',
      argv: ['netns', 'exec', client.site.end, 'ping', '-i', String(PING_SECONDS), releasedAddressOf(gateway)],
      readyWhen: /^PING/,
      logDirectory: this.#programs.directory,
      onLine: (line) => lines.push(line),
    });
    this.#programs.own(ping);
    return { lines, stop: () => ping.stop() };
  }

  async close(): Promise<void> {
    await this.#programs.stop();
    await this.#internet.close();
  }

  async #start(hasStun: boolean): Promise<void> {
    const cloud = await TestCloud.create(this.#internet.cloud, this.#programs);
    for (const relay of RELAYS) await cloud.startRelay(relay);
    if (hasStun) this.#stun = await cloud.startStun(STUN_SERVERS.map(({ host }) => host));
    const { client, gateway } = this.#pair;
    await startEcho(this.#programs, gateway);
    const start = async (end: typeof client) => {
      const input = await endSettings(end, [this.#pair], cloud, 'direct-preferred');
      return this.#programs.start({
        ...{ name: end.name, namespace: end.site.end },
        ...{ file: '../tunnel-end-program.ts', input },
      });
    };
    this.#ends = { gateway: await start(gateway), client: await start(client) };
  }
}
