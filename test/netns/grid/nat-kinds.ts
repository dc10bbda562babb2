/**
 * The kinds of network that an end of a tunnel may stand behind, in the terms of RFC 4787: how its NAT maps addresses
 * (section 4) and which packets it lets in (section 5).
 */

/**
 * `endpoint-independent`: one outside port for one inside port, whoever is contacted.
 * `address-and-port-dependent`: another outside port for each contacted address and port.
 */
export type Mapping = 'endpoint-independent' | 'address-and-port-dependent';

/** Who may send to a mapped port: everyone, contacted addresses, or contacted addresses with the contacted port. */
export type Filtering = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

export interface NatKind {
  readonly title: string;
  /** One or two plain sentences for the page of integrators. */
  readonly meaning: string;
  /** null: no UDP passes at all. */
  readonly udp: { readonly mapping: Mapping; readonly filtering: Filtering } | null;
}

const ANYBODY = 'endpoint-independent';
const CONTACTED_PORT = 'address-and-port-dependent';

/** The kinds that the grid pairs with each other, in the order of its table. */
export const GRID_KINDS = [
  'open',
  'full-cone',
  'address-restricted',
  'port-restricted',
  'symmetric',
  'cgnat',
  'udp-blocked',
  'proxy-only',
] as const;
export type GridKind = (typeof GRID_KINDS)[number];

export const NAT_KINDS: Readonly<Record<GridKind, NatKind>> = {
  open: {
    title: 'open',
    meaning: 'A public address of its own, no NAT, nothing filtered.',
    udp: { mapping: ANYBODY, filtering: ANYBODY },
  },
  'full-cone': {
    title: 'full cone',
    meaning: 'A NAT that forwards one outside port to the inside, whoever sends to it: a port forwarding or a 1:1 NAT.',
    udp: { mapping: ANYBODY, filtering: ANYBODY },
  },
  'address-restricted': {
    title: 'address-restricted',
    meaning: 'A NAT that keeps the outside port and lets in whoever was contacted before, from any port.',
    udp: { mapping: ANYBODY, filtering: 'address-dependent' },
  },
  'port-restricted': {
    title: 'port-restricted',
    meaning:
      'A NAT that keeps the outside port and lets in only answers, from exactly the contacted address and port. Most routers of offices and homes, and any stateful firewall.',
    udp: { mapping: ANYBODY, filtering: CONTACTED_PORT },
  },
  symmetric: {
    title: 'symmetric',
    meaning:
      'A NAT that takes another, random outside port for each contacted address and port, and lets in only answers. Firewalls of large companies, mobile networks.',
    udp: { mapping: CONTACTED_PORT, filtering: CONTACTED_PORT },
  },
  cgnat: {
    title: 'CGNAT',
    meaning:
      "Two port-restricted NATs in series: the site's own and the provider's, which forgets a silent mapping after seconds.",
    udp: { mapping: ANYBODY, filtering: CONTACTED_PORT },
  },
  'udp-blocked': {
    title: 'UDP blocked',
    meaning: 'A firewall that lets out TCP but no UDP.',
    udp: null,
  },
  'proxy-only': {
    title: 'proxy only',
    meaning:
      "A firewall that lets out nothing. The only way is an HTTP proxy, which opens connections to port 443 (CONNECT) and cuts those that are silent for 18 seconds; the client's also asks for a user name and a password.",
    udp: null,
  },
};
