/**
 * Runs the grid: starts cloud, gateways and clients, streams through every tunnel, and looks at what came of it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import { ConditionError, until } from '../../lab/until.ts';
import type { EndSettings } from '../tunnel-end-program.ts';
import { Capture } from './capture.ts';
import type { CaptureFindings } from './captured-packets.ts';
import { brokenRelayConnections, pathOf, reasonOf, upgradeTime } from './end-path.ts';
import type { Path } from './expected-path.ts';
import { PAIRS_BESIDE, type PairBeside, type PlannedCell, planGrid, RELAY0, RELAY6, RELAY46 } from './grid-plan.ts';
import { CLOUD_ADDRESSES, Internet } from './internet.ts';
import type { GridKind } from './nat-kinds.ts';
import { type Program, Programs } from './programs.ts';
import { startSilentServer, startSiteProxy, untilSilenceIsCut } from './site-proxy.ts';
import type { StreamReport } from './stream-count.ts';
import { STREAM_MARKER } from './stream-packet.ts';
import { ClientStreams, startEcho } from './streams.ts';
import { TestCloud } from './test-cloud.ts';
import { endSettings, type TunnelEnd, type TunnelPair } from './tunnel-pair.ts';

export interface GridOptions {
  /** First part of the namespaces' names. */
  readonly prefix: string;
  readonly kinds: readonly GridKind[];
  /** All of them where it is not given. */
  readonly beside?: readonly PairBeside[];
  /** Whether the streams rest once, for a minute, and are counted again. */
  readonly rests: boolean;
  readonly policy: EndSettings['policy'];
  readonly log: (line: string) => void;
}

export interface GridCell {
  readonly client: string;
  readonly gateway: string;
  readonly expected: Path;
  /** As the client says, and as the gateway says; null: not connected. */
  readonly reached: ReachedPaths;
  /** Why it is not direct; `reasons`: as each end says. */
  readonly expectedReason: RelayReason | null;
  readonly reasons: { readonly client: RelayReason | null; readonly gateway: RelayReason | null };
  /** Milliseconds from the first contact to the direct path; null: never direct. */
  readonly upgradeMs: number | null;
  /** null: not one packet was answered. */
  readonly stream: StreamReport | null;
  /** The same after a rest that was longer than any proxy's patience; undefined: there was none. */
  readonly afterRest: StreamReport | null | undefined;
  /** How often relay connections of the two ends broke, the rest included. */
  readonly brokenRelayConnections: number;
  /** WireGuard data packets that the internet's router saw between the two sites: none on the relay. */
  readonly directPackets: number;
}

interface ReachedPaths {
  readonly client: Path | null;
  readonly gateway: Path | null;
}

export interface GridResult {
  readonly cells: readonly GridCell[];
  readonly capture: CaptureFindings;
}

type Counts = ReadonlyMap<TunnelPair, StreamReport | null>;

const ROOT = join(import.meta.dirname, '../../..');

/** Milliseconds between two packets of one stream: all streams together must leave room on two processor cores. */
const STREAM_INTERVAL = 50;
/** Answers that each stream must have after the last cell has reached its path. */
const ANSWERS_AFTER = 100;
const UPGRADE_SECONDS = 20;
const REASON_SECONDS = 30;
const ANSWERS_AFTER_REST = 40;
/** In the first one WireGuard still says its last word, ten seconds after the last packet (its paper, section 6.5). */
const SILENCES = 2;
const STREAM_SECONDS = 60;

/** Makes everything, runs it, and takes it down again. The result is kept beside the logs, as `result.json`. */
export async function runGrid(options: GridOptions): Promise<GridResult> {
  const internet = await Internet.create(options.prefix);
  const programs = await Programs.in(join(ROOT, 'build', `grid-${options.prefix}`));
  try {
    const result = await runIn(internet, programs, options);
    await writeFile(join(programs.directory, 'result.json'), JSON.stringify(result, null, 2));
    return result;
  } finally {
    await programs.stop();
    await internet.close();
  }
}

async function runIn(internet: Internet, programs: Programs, options: GridOptions): Promise<GridResult> {
  const { kinds, beside = PAIRS_BESIDE, rests, policy, log } = options;
  const begin = performance.now();
  const tell = (what: string) => log(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  const planned = await planGrid(internet, kinds, beside);
  const cells = policy === 'relay-only' ? planned.map(overRelay) : planned;
  tell(`${cells.length} cells are wired`);
  const cloud = await TestCloud.create(internet.cloud, programs);
  const capture = await Capture.start(internet.router, join(programs.directory, 'internet.pcap'));
  try {
    const run = new GridRun(cells, programs, cloud, policy);
    await run.startGateways();
    tell('cloud and gateways run');
    for (const client of run.clients) {
      await run.startClient(client);
      tell(`${client.name} runs`);
    }
    await run.untilSettled(cells);
    await run.untilExplained();
    tell('every cell has reached its path and said why, or its time is over');
    const streams = await run.count(ANSWERS_AFTER);
    tell('the streams have been counted');
    let afterRest: Counts | null = null;
    if (rests) {
      await run.rest();
      tell('the streams have rested');
      afterRest = await run.count(ANSWERS_AFTER_REST);
      tell('the streams have been counted again');
    }
    const counted = run.rows(streams, afterRest);
    await programs.stop();
    const findings = await capture.stop(STREAM_MARKER);
    tell(`${findings.packets} packets of the capture have been checked`);
    return {
      capture: findings,
      cells: counted.map(({ pair, ...cell }) => ({ ...cell, directPackets: dataBetween(findings, pair) })),
    };
  } finally {
    await capture.end();
  }
}

function overRelay(cell: PlannedCell): PlannedCell {
  return { ...cell, expected: 'relay', expectedReason: 'relay-only' };
}

class GridRun {
  readonly clients: readonly TunnelEnd[];
  readonly #gateways: readonly TunnelEnd[];
  readonly #cells: readonly PlannedCell[];
  readonly #programs: Programs;
  readonly #cloud: TestCloud;
  readonly #policy: EndSettings['policy'];
  readonly #ends = new Map<TunnelEnd, Program>();
  readonly #streams = new Map<TunnelEnd, ClientStreams>();

  constructor(cells: readonly PlannedCell[], programs: Programs, cloud: TestCloud, policy: EndSettings['policy']) {
    this.#cells = cells;
    this.#programs = programs;
    this.#cloud = cloud;
    this.#policy = policy;
    this.clients = [...new Set(cells.map(({ pair }) => pair.client))];
    this.#gateways = [...new Set(cells.map(({ pair }) => pair.gateway))];
  }

  async startGateways(): Promise<void> {
    await Promise.all([
      this.#cloud.startRelay(RELAY0),
      this.#cloud.startRelay(RELAY6, CLOUD_ADDRESSES.relay6),
      this.#cloud.startRelay(RELAY46, '::'),
      this.#cloud.startStun([CLOUD_ADDRESSES.stun0, CLOUD_ADDRESSES.stun1, CLOUD_ADDRESSES.stun6]),
      startSilentServer(this.#programs, this.#cloud.namespace),
      ...[...this.clients, ...this.#gateways].map((end) => startSiteProxy(this.#programs, end)),
      ...this.#gateways.map((gateway) => startEcho(this.#programs, gateway)),
    ]);
    await Promise.all(this.#gateways.map((gateway) => this.#startEnd(gateway)));
  }

  /**
   * Starts a client with its streams, and lets its cells reach their paths before the next one comes: two processor
   * cores cannot take 64 tunnels through their trials at once. All of them go on side by side afterwards.
   */
  async startClient(client: TunnelEnd): Promise<void> {
    const cells = this.#cells.filter(({ pair }) => pair.client === client);
    const gateways = cells.map(({ pair }) => pair.gateway);
    this.#streams.set(client, await ClientStreams.start(this.#programs, client, gateways, STREAM_INTERVAL));
    await this.#startEnd(client);
    await this.untilSettled(cells);
  }

  /** Waits until these cells have reached their paths, or their time is over: their rows tell. */
  async untilSettled(cells: readonly PlannedCell[]): Promise<void> {
    const isSettled = ({ pair, expected }: PlannedCell) =>
      Object.values(this.#reached(pair)).every((path) => path === expected);
    await tolerant(until('the cells have reached their paths', () => cells.every(isSettled), UPGRADE_SECONDS));
  }

  /** Waits until both ends of every cell say why it is not direct, where it is not: silence is judged after a round of checks. */
  async untilExplained(): Promise<void> {
    const isExplained = ({ pair, expectedReason }: PlannedCell) =>
      Object.values(this.#reasons(pair)).every((reason) => reason === expectedReason);
    await tolerant(
      until('the cells say why they are not direct', () => this.#cells.every(isExplained), REASON_SECONDS),
    );
  }

  /** Lets all streams rest until every proxy has cut silent connections, one after the other. */
  async rest(): Promise<void> {
    for (const stream of this.#streams.values()) stream.rest();
    for (let silence = 0; silence < SILENCES; silence += 1)
      await Promise.all([...this.#ends.keys()].map((end) => untilSilenceIsCut(this.#programs, end)));
    for (const stream of this.#streams.values()) stream.goOn();
  }

  /** Lets the streams go on for a while and counts them, each since it was counted last. */
  async count(answers: number): Promise<Counts> {
    const streams = [...this.#streams.values()];
    await tolerant(Promise.all(streams.map((stream) => stream.untilAnswered(answers, STREAM_SECONDS))));
    const reports = new Map<TunnelPair, StreamReport | null>();
    await Promise.all(
      [...this.#streams].map(async ([client, stream]) => {
        const list = await stream.report();
        const pairs = this.#cells.map(({ pair }) => pair).filter((pair) => pair.client === client);
        for (const [index, pair] of pairs.entries()) reports.set(pair, list[index] ?? null);
      }),
    );
    return reports;
  }

  rows(streams: Counts, afterRest: Counts | null) {
    return this.#cells.map(({ titles, pair, expected, expectedReason }) => {
      const [client, gateway] = [this.#ends.get(pair.client), this.#ends.get(pair.gateway)];
      const ends = [client, gateway].filter((end) => end !== undefined);
      return {
        ...{ ...titles, pair, expected, reached: this.#reached(pair) },
        ...{ expectedReason, reasons: this.#reasons(pair) },
        upgradeMs: client === undefined ? null : upgradeTime(client, pair.gateway.name),
        stream: streams.get(pair) ?? null,
        afterRest: afterRest === null ? undefined : (afterRest.get(pair) ?? null),
        brokenRelayConnections: ends.reduce((sum, end) => sum + brokenRelayConnections(end), 0),
      };
    });
  }

  async #startEnd(end: TunnelEnd): Promise<void> {
    const pairs = this.#cells.map(({ pair }) => pair);
    const input = await endSettings(end, pairs, this.#cloud, this.#policy);
    const place = { name: end.name, namespace: end.site.end };
    this.#ends.set(end, await this.#programs.start({ ...place, file: '../tunnel-end-program.ts', input }));
  }

  #reached({ client, gateway }: TunnelPair): ReachedPaths {
    return { client: this.#pathIn(client, gateway), gateway: this.#pathIn(gateway, client) };
  }

  #reasons({ client, gateway }: TunnelPair): GridCell['reasons'] {
    const reasonIn = (end: TunnelEnd, peer: TunnelEnd) => {
      const program = this.#ends.get(end);
      return program === undefined ? null : reasonOf(program, peer.name);
    };
    return { client: reasonIn(client, gateway), gateway: reasonIn(gateway, client) };
  }

  #pathIn(end: TunnelEnd, peer: TunnelEnd): Path | null {
    const program = this.#ends.get(end);
    return program === undefined ? null : pathOf(program, peer.name);
  }
}

function dataBetween({ wireguardData }: CaptureFindings, { client, gateway }: TunnelPair): number {
  const [one, other] = [client.site.outside, gateway.site.outside];
  return (wireguardData.get(`${one} > ${other}`) ?? 0) + (wireguardData.get(`${other} > ${one}`) ?? 0);
}

/** A cell that does not come to its goal must not keep the table from being printed. */
async function tolerant(wait: Promise<unknown>): Promise<void> {
  try {
    await wait;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
  }
}
