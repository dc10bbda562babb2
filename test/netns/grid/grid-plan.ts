/**
 * The cells of the grid: a client and a gateway behind every kind of NAT, and a tunnel between each client and each
 * gateway. Beside them stand pairs that no combination of two kinds describes: both behind one NAT, two gateways
 * behind one NAT, IPv6 only, and IPv4 to IPv6.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import { expectedPath, type Path, whyNotDirect } from './expected-path.ts';
import { CLOUD_ADDRESSES, type Internet } from './internet.ts';
import { ip } from './namespaces.ts';
import { type GridKind, NAT_KINDS } from './nat-kinds.ts';
import { createIpv6Site, createSharedSites, createSite, type Site } from './site.ts';
import { relayAt, stunAt } from './test-cloud.ts';
import { type MeetingPoints, type TunnelPair, tunnelEnd, tunnelPair } from './tunnel-pair.ts';

export interface PlannedCell {
  readonly titles: { readonly client: string; readonly gateway: string };
  readonly pair: TunnelPair;
  readonly expected: Path;
  /** Why it is not direct. */
  readonly expectedReason: RelayReason | null;
}

export const RELAY0 = relayAt('relay0', CLOUD_ADDRESSES.relay0);
export const RELAY6 = relayAt('relay6', 'relay6.grid.test');
const STUN6 = stunAt('stun6', 'stun6.grid.test');
/** With an address of each family. */
export const RELAY46 = { ...relayAt('relay46', 'relay46.grid.test'), port: 8443 };
const STUN46 = stunAt('stun46', 'stun46.grid.test');

const IPV4_POINTS: MeetingPoints = {
  relays: [RELAY0],
  stunServers: [stunAt('stun0', CLOUD_ADDRESSES.stun0), stunAt('stun1', CLOUD_ADDRESSES.stun1)],
};
const IPV6_POINTS: MeetingPoints = { relays: [RELAY6], stunServers: [STUN6] };
/** WireGuard's usual one. */
const SAME_PORT = 51_820;
const MIXED_POINTS: MeetingPoints = { relays: [RELAY46], stunServers: [STUN46] };

/** Pairs that no combination of two kinds describes. */
export const PAIRS_BESIDE = ['one-network', 'hairpin', 'no-hairpin', 'two-gateways', 'ipv6', 'ipv4-to-ipv6'] as const;
export type PairBeside = (typeof PAIRS_BESIDE)[number];

interface SharedCase {
  readonly name: Exclude<PairBeside, 'two-gateways' | 'ipv6' | 'ipv4-to-ipv6'>;
  readonly title: string;
  readonly expectedReason: RelayReason | null;
}

const SHARED_CASES: readonly SharedCase[] = [
  { name: 'one-network', title: 'one network behind one NAT', expectedReason: null },
  { name: 'hairpin', title: 'two networks behind one NAT, hairpin', expectedReason: null },
  { name: 'no-hairpin', title: 'two networks behind one NAT, no hairpin', expectedReason: 'unanswered' },
];

/** Makes the sites of these kinds on both sides, and those of the pairs beside the grid. */
export async function planGrid(
  internet: Internet,
  kinds: readonly GridKind[],
  beside: readonly PairBeside[],
): Promise<readonly PlannedCell[]> {
  const planner = new Planner(internet);
  const [grid, shared, twoGateways, ipv6, mixed] = await Promise.all([
    planner.grid(kinds),
    Promise.all(SHARED_CASES.filter(({ name }) => beside.includes(name)).map((shape) => planner.shared(shape))),
    beside.includes('two-gateways') ? planner.twoGateways() : [],
    Promise.all(beside.includes('ipv6') ? [planner.ipv6()] : []),
    Promise.all(beside.includes('ipv4-to-ipv6') ? [planner.ipv4ToIpv6()] : []),
  ]);
  return [...grid, ...shared, ...twoGateways, ...ipv6, ...mixed];
}

class Planner {
  readonly #internet: Internet;
  readonly #numbers = { client: 0, gateway: 0 };

  constructor(internet: Internet) {
    this.#internet = internet;
  }

  async grid(kinds: readonly GridKind[]): Promise<readonly PlannedCell[]> {
    const sides = async (role: 'client' | 'gateway') =>
      Promise.all(
        kinds.map(async (kind) => {
          const name = `${role}-${kind}`;
          return { kind, end: this.#end(role, name, await createSite(this.#internet, name, kind), IPV4_POINTS) };
        }),
      );
    const [clients, gateways] = await Promise.all([sides('client'), sides('gateway')]);
    return clients.flatMap((client) =>
      gateways.map((gateway) => ({
        titles: { client: NAT_KINDS[client.kind].title, gateway: NAT_KINDS[gateway.kind].title },
        pair: tunnelPair(client.end, gateway.end),
        expected: expectedPath(NAT_KINDS[client.kind], NAT_KINDS[gateway.kind]),
        expectedReason: whyNotDirect(NAT_KINDS[client.kind], NAT_KINDS[gateway.kind]),
      })),
    );
  }

  async shared({ name, title, expectedReason }: SharedCase): Promise<PlannedCell> {
    const names = { client: `client-${name}`, gateway: `gateway-${name}` };
    const [client, gateway] = await createSharedSites(this.#internet, [names.client, names.gateway], name);
    const titles = { client: title, gateway: 'the same' };
    return this.#pairBeside({ names, titles, expectedReason, client, gateway, meetingPoints: IPV4_POINTS });
  }

  /** Both have the same port for WireGuard; the second one has another address beside, and leaves by its first. */
  async twoGateways(): Promise<readonly PlannedCell[]> {
    const names = ['gateway-one', 'gateway-other'] as const;
    const [site, [one, other]] = await Promise.all([
      createSite(this.#internet, 'client-two-gateways', 'port-restricted'),
      createSharedSites(this.#internet, names, 'one-network'),
    ]);
    await ip(other.end, 'address add 192.168.1.21/24 dev eth0');
    const client = this.#end('client', 'client-two-gateways', site, IPV4_POINTS);
    const cell = (which: string, name: string, place: Site): PlannedCell => ({
      titles: { client: NAT_KINDS['port-restricted'].title, gateway: `${which} of two behind one NAT, same port` },
      pair: tunnelPair(client, this.#end('gateway', name, place, IPV4_POINTS, SAME_PORT)),
      ...{ expected: 'direct', expectedReason: null },
    });
    return [cell('one', names[0], one), cell('the other', names[1], other)];
  }

  async ipv6(): Promise<PlannedCell> {
    const names = { client: 'client-ipv6', gateway: 'gateway-ipv6' };
    const [client, gateway] = await Promise.all([
      createIpv6Site(this.#internet, names.client),
      createIpv6Site(this.#internet, names.gateway),
    ]);
    const { relay6, stun6 } = CLOUD_ADDRESSES;
    await Promise.all([client, gateway].map((site) => nameHosts(site, { [RELAY6.host]: relay6, [STUN6.host]: stun6 })));
    const titles = { client: 'IPv6 only, stateful firewalls', gateway: 'the same' };
    return this.#pairBeside({ names, titles, expectedReason: null, client, gateway, meetingPoints: IPV6_POINTS });
  }

  async ipv4ToIpv6(): Promise<PlannedCell> {
    const names = { client: 'client-ipv4-to-ipv6', gateway: 'gateway-ipv4-to-ipv6' };
    const [client, gateway] = await Promise.all([
      createSite(this.#internet, names.client, 'port-restricted'),
      createIpv6Site(this.#internet, names.gateway),
    ]);
    const { relay0, stun0, relay6, stun6 } = CLOUD_ADDRESSES;
    await nameHosts(client, { [RELAY46.host]: relay0, [STUN46.host]: stun0 });
    await nameHosts(gateway, { [RELAY46.host]: relay6, [STUN46.host]: stun6 });
    const titles = { client: 'IPv4 only, port-restricted', gateway: 'IPv6 only, stateful firewall' };
    const expectedReason = 'no-common-family';
    return this.#pairBeside({ names, titles, expectedReason, client, gateway, meetingPoints: MIXED_POINTS });
  }

  #pairBeside(beside: {
    readonly names: { readonly client: string; readonly gateway: string };
    readonly titles: PlannedCell['titles'];
    readonly expectedReason: RelayReason | null;
    readonly client: Site;
    readonly gateway: Site;
    readonly meetingPoints: MeetingPoints;
  }): PlannedCell {
    const { names, titles, expectedReason, client, gateway, meetingPoints } = beside;
    const pair = tunnelPair(
      this.#end('client', names.client, client, meetingPoints),
      this.#end('gateway', names.gateway, gateway, meetingPoints),
    );
    return { titles, pair, expected: expectedReason === null ? 'direct' : 'relay', expectedReason };
  }

  #end(role: 'client' | 'gateway', name: string, site: Site, meetingPoints: MeetingPoints, wireguardPort?: number) {
    const number = (this.#numbers[role] += 1);
    const interfaceName = this.#internet.name(`${role === 'client' ? 'c' : 'g'}${number}`);
    return tunnelEnd(role, number, { name, interfaceName, site, meetingPoints, wireguardPort });
  }
}

/** `ip netns exec` mounts this file over /etc/hosts (ip-netns(8)). */
async function nameHosts({ end }: Site, addresses: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(addresses).map(([host, address]) => `${address} ${host}`);
  await mkdir(`/etc/netns/${end}`, { recursive: true });
  await writeFile(`/etc/netns/${end}/hosts`, `${['127.0.0.1 localhost', ...lines].join('\n')}\n`);
}
