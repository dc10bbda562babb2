/**
 * NATs and firewalls of the model network, by the terms of RFC 4787: which outside port a flow gets (mapping), and who
 * may answer to it (filtering).
 */
import type { TransportAddress } from '../candidate.ts';

/** The kinds that networks have; `blocked` lets no UDP pass. */
export const NAT_KINDS = [
  'open',
  'full-cone',
  'address-restricted',
  'port-restricted',
  'symmetric',
  'blocked',
] as const;
export type NatKind = (typeof NAT_KINDS)[number];

interface Mapping {
  readonly inside: TransportAddress;
  readonly outsidePort: number;
  /** Where the mapping leads, where it depends on that. */
  readonly towards: TransportAddress | null;
  /** By `address port`: when something was last sent there. */
  readonly sentTo: Map<string, number>;
  usedAt: number;
}

const FIRST_PORT = 40_000;

export class ModelNat {
  readonly address: string;
  readonly hairpin: boolean;
  readonly #kind: NatKind;
  readonly #expires: number;
  #mappings: Mapping[] = [];
  #nextPort = FIRST_PORT;

  /** @param expires milliseconds until an unused mapping is forgotten */
  constructor(address: string, kind: NatKind, options: { readonly expires: number; readonly hairpin: boolean }) {
    this.address = address;
    this.#kind = kind;
    this.#expires = options.expires;
    this.hairpin = options.hairpin;
  }

  /** Whether hosts behind it have addresses that the others cannot reach. */
  get translates(): boolean {
    return this.#kind !== 'open';
  }

  /** The source that the others see; null: the packet does not pass. */
  outward(inside: TransportAddress, to: TransportAddress, now: number): TransportAddress | null {
    if (this.#kind === 'blocked') return null;
    if (this.#kind === 'open') return inside;
    const mapping = this.#mappingOf(inside, to, now);
    mapping.usedAt = now;
    mapping.sentTo.set(textOf(to), now);
    return { address: this.address, port: mapping.outsidePort };
  }

  /** The host that gets a packet to `port`; null: it is dropped. */
  inward(from: TransportAddress, port: number, now: number): TransportAddress | null {
    const mapping = this.#living(now).find(({ outsidePort }) => outsidePort === port);
    if (mapping === undefined || !this.#admits(mapping, from)) return null;
    mapping.usedAt = now;
    return mapping.inside;
  }

  /** Power was off: every mapping is gone. */
  reboot(): void {
    this.#mappings = [];
    this.#nextPort += 1000;
  }

  #mappingOf(inside: TransportAddress, to: TransportAddress, now: number): Mapping {
    const towards = this.#kind === 'symmetric' ? to : null;
    const known = this.#living(now).find(
      (mapping) =>
        textOf(mapping.inside) === textOf(inside) &&
        (mapping.towards === null ? towards === null : towards !== null && textOf(mapping.towards) === textOf(towards)),
    );
    if (known !== undefined) return known;
    const mapping: Mapping = { inside, outsidePort: this.#nextPort, towards, sentTo: new Map(), usedAt: now };
    this.#nextPort += 1;
    this.#mappings.push(mapping);
    return mapping;
  }

  #admits({ sentTo }: Mapping, from: TransportAddress): boolean {
    if (this.#kind === 'full-cone') return true;
    if (this.#kind === 'address-restricted') return [...sentTo.keys()].some((to) => to.startsWith(`${from.address} `));
    return sentTo.has(textOf(from));
  }

  #living(now: number): readonly Mapping[] {
    this.#mappings = this.#mappings.filter(({ usedAt }) => now - usedAt < this.#expires);
    return this.#mappings;
  }
}

export function textOf({ address, port }: TransportAddress): string {
  return `${address} ${port}`;
}

/**
 * Whether two ends behind such NATs can reach each other without help. A symmetric NAT gives each destination a port of
 * its own, which the other end learns only from a packet that its NAT lets in.
 */
export function isDirectPossible(one: NatKind, other: NatKind): boolean {
  if (one === 'blocked' || other === 'blocked') return false;
  const isStrict = (kind: NatKind) => kind === 'symmetric' || kind === 'port-restricted';
  return !((one === 'symmetric' && isStrict(other)) || (other === 'symmetric' && isStrict(one)));
}
