/**
 * Looks for devices on the plant side: who answers ARP, and which well-known TCP ports of those are open. Gently: a
 * connection to each address once, then one port after the other, and few hosts side by side.
 */

import { ipv4Number } from '@edgegateway/protocol/ipv4';
import { type PlantScan, SCAN_LIMITS, type ScannedHost, WELL_KNOWN_PORTS } from '@edgegateway/protocol/plant-scan';
import { type Clock, timestampOf } from '../../timing.ts';
import { hostsOf } from './hosts-of.ts';
import type { Neighbour } from './neighbours.ts';

export interface PlantScannerParts {
  readonly clock: Clock;
  readonly neighbours: () => Promise<readonly Neighbour[]>;
  /** Whether the port accepts a connection within so many milliseconds. */
  readonly knock: (address: string, port: number, milliseconds: number, signal: AbortSignal) => Promise<boolean>;
  /** Until what it gives is closed, the firewall lets connections to these ports out on the plant side. */
  readonly open: (ports: readonly number[]) => Promise<{ close(): Promise<void> }>;
}

const PORTS = Object.keys(WELL_KNOWN_PORTS).map(Number);

/** Any port: a connection to it makes the kernel ask for the address. */
const WAKING_PORT = 80;
/** The kernel asks three times, a second apart (arp(7)); the first question is answered by whoever is there. */
const WAKING_MILLISECONDS = 900;
const WAKING_SIDE_BY_SIDE = 64;

const KNOCK_MILLISECONDS = 700;
const HOSTS_SIDE_BY_SIDE = 8;

export class PlantScanner {
  readonly #parts: PlantScannerParts;
  #running = false;

  constructor(parts: PlantScannerParts) {
    this.#parts = parts;
  }

  /**
   * Null while another scan runs. What there was no time for is not tried: such a host has no ports.
   * @throws the reason of `signal` when it is aborted, or what the parts throw
   */
  async scan(networks: readonly string[], signal: AbortSignal): Promise<PlantScan | null> {
    if (this.#running) return null;
    this.#running = true;
    try {
      return await this.#scanThroughFirewall(networks, signal);
    } finally {
      this.#running = false;
    }
  }

  async #scanThroughFirewall(networks: readonly string[], signal: AbortSignal): Promise<PlantScan> {
    const hole = await this.#parts.open(PORTS);
    try {
      return await this.#scan(networks, signal);
    } finally {
      await hole.close();
    }
  }

  async #scan(networks: readonly string[], signal: AbortSignal): Promise<PlantScan> {
    const { clock, knock, neighbours } = this.#parts;
    const end = clock.monotonic() + SCAN_LIMITS.seconds * 1000;
    const isInTime = () => !signal.aborted && clock.monotonic() < end;
    const hostsByNetwork = networks.map((network) => ({ network, hosts: hostsOf(network) }));
    const searched = new Set(hostsByNetwork.flatMap(({ hosts }) => hosts ?? []));
    await sideBySide([...searched], WAKING_SIDE_BY_SIDE, async (address) => {
      if (isInTime()) await knock(address, WAKING_PORT, WAKING_MILLISECONDS, signal);
    });
    const found = (await neighbours()).filter(({ address }) => searched.has(address)).slice(0, SCAN_LIMITS.hosts);
    const hosts: ScannedHost[] = [];
    await sideBySide(found, HOSTS_SIDE_BY_SIDE, async ({ address, mac }) => {
      const openPorts: number[] = [];
      for (const port of PORTS)
        if (isInTime() && (await knock(address, port, KNOCK_MILLISECONDS, signal))) openPorts.push(port);
      hosts.push({ address, mac, openPorts });
    });
    signal.throwIfAborted();
    return {
      finishedAt: timestampOf(clock.wall()),
      networks: hostsByNetwork.filter((one) => one.hosts !== null).map(({ network }) => network),
      skipped: hostsByNetwork.filter((one) => one.hosts === null).map(({ network }) => network),
      hosts: hosts.toSorted((a, b) => ipv4Number(a.address) - ipv4Number(b.address)),
    };
  }
}

async function sideBySide<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
