/** A tunnel of the laboratory's network on its direct path, without NAT, and what may befall the way between the ends. */
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { until } from '../lab/until.ts';
import type { RunningPing } from './ping-count.ts';
import { TunnelFixture } from './tunnel-fixture.ts';

/** A relay, and where it listens when its host is a name. */
export interface PlacedRelay extends RelayEndpoint {
  readonly address: string;
}

const UPGRADE_SECONDS = 90;
const PING_SECONDS = 0.05;

export class DirectTunnel {
  readonly fixture: TunnelFixture;
  readonly relays: readonly PlacedRelay[];

  private constructor(fixture: TunnelFixture, relays: readonly PlacedRelay[]) {
    this.fixture = fixture;
    this.relays = relays;
  }

  static async create(prefix: string, relays: readonly PlacedRelay[]): Promise<DirectTunnel> {
    const fixture = await TunnelFixture.create(prefix, 'direct-preferred');
    const tunnel = new DirectTunnel(fixture, relays);
    await fixture.startMachines();
    await tunnel.startRelays();
    await tunnel.#startEnds();
    return tunnel;
  }

  /** Another run of both ends, which know nothing of the one before. */
  async restartEnds(): Promise<void> {
    await this.fixture.stop('client');
    await this.fixture.stop('gateway');
    await this.#startEnds();
  }

  async startRelays(): Promise<void> {
    for (const { address, ...relay } of this.relays) await this.fixture.startRelay(relay, address);
  }

  async killRelays(): Promise<void> {
    for (const { name } of this.relays) {
      this.fixture.kill(name);
      await this.fixture.stop(name);
    }
  }

  /** The paths that the client told, one after the other. */
  get paths(): readonly string[] {
    return this.fixture.linesOf('client').flatMap((line) => /^path gateway (\w+)$/.exec(line)?.[1] ?? []);
  }

  /** The largest packet that an end says it sends to the other, bytes. */
  sizeAt(end: 'client' | 'gateway'): number {
    const sizes = this.fixture.linesOf(end).flatMap((line) => /^mtu \w+ (\d+)$/.exec(line)?.[1] ?? []);
    return Number(sizes.at(-1));
  }

  untilPath(wanted: 'relay' | 'direct'): Promise<boolean> {
    return until(`the path is ${wanted}`, () => this.paths.at(-1) === wanted, UPGRADE_SECONDS);
  }

  startPing(): Promise<RunningPing> {
    return this.fixture.startPing(LAB_ADDRESSES.machine, PING_SECONDS);
  }

  /** The router between office and plant drops UDP packets that match any of these. */
  async drop(matches: readonly string[]): Promise<void> {
    await this.#nft('add table inet event; add chain inet event f { type filter hook forward priority 0; }');
    for (const match of matches) await this.#nft(`add rule inet event f meta l4proto udp ${match} drop`);
  }

  /** The router's name server answers nobody any more. */
  async silenceNameServer(): Promise<void> {
    await this.#nft('add table inet event; add chain inet event i { type filter hook input priority 0; }');
    await this.#nft('add rule inet event i udp dport 53 drop');
  }

  /** Everything passes again. */
  async pass(): Promise<void> {
    await this.#nft('add table inet event; delete table inet event');
  }

  async close(): Promise<void> {
    await this.fixture.close();
  }

  get #endpoints(): readonly RelayEndpoint[] {
    return this.relays.map(({ address: _address, ...endpoint }) => endpoint);
  }

  async #startEnds(): Promise<void> {
    await this.fixture.startGateway(this.#endpoints, [{ address: LAB_ADDRESSES.machine }]);
    await this.fixture.startClient(this.#endpoints, [LAB_ADDRESSES.machine]);
  }

  async #nft(commands: string): Promise<void> {
    await runCommand('ip', ['netns', 'exec', this.fixture.network.namespaces.internet, 'nft', commands]);
  }
}
