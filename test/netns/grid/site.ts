/**
 * A site: the namespace of one end of a tunnel, and the NATs between it and the internet.
 *
 *   end eth0 192.168.1.10 ── lan NAT wan ── (100.72.0.0/24) ── lan carrier's NAT wan ── internet
 *
 * All sites have the same private addresses inside, as offices and homes do.
 */
import type { HttpProxyPlace } from '../../lab/http-proxy.ts';
import type { Internet } from './internet.ts';
import { addNamespace, cable, inNamespace, ip, makeRouter, nft, sysctl } from './namespaces.ts';
import type { GridKind } from './nat-kinds.ts';
import { type NatBehaviour, type NatOptions, natRuleset, statefulFirewall } from './nat-ruleset.ts';

export interface Site {
  /** The namespace of the tunnel's end. */
  readonly end: string;
  /** The address that the internet sees. */
  readonly outside: string;
  /** The namespaces of its NATs, from the inside out. */
  readonly nats: readonly string[];
  /** Of each NAT: what it does, and the two addresses between which it does it. */
  readonly rules: readonly NatOptions[];
  /** Of the HTTP proxy that is the only way out; null: there are others. */
  readonly proxyPlace: HttpProxyPlace | null;
}

interface NatLayer {
  readonly behaviour: NatBehaviour;
  /** Outside ports. */
  readonly ports: string;
  /** Seconds that a mapping is kept without a packet; none: the kernel's 30, and 120 once it was answered. */
  readonly idle?: { readonly unanswered: number; readonly answered: number };
}

/** Inside networks, from the inside out; the second is out of RFC 6598's shared space, which tunnels use too. */
const INSIDE = ['192.168.1.', '100.72.0.'] as const;
/** Where company proxies listen (squid's port). */
const PROXY_PORT = 3128;
const HOST = '10';
const ROUTER = '1';

const OFFICE_PORTS = '40000-50000';
const PORTS_AFTER_REBOOT = '50001-60000';
const CARRIER_PORTS = '20000-30000';
const IMPATIENT = { unanswered: 10, answered: 20 };

/** The NATs of a kind, from the inside out. */
const LAYERS: Readonly<Record<GridKind, readonly NatLayer[]>> = {
  open: [],
  'full-cone': [{ behaviour: 'full-cone', ports: OFFICE_PORTS }],
  'address-restricted': [{ behaviour: 'address-restricted', ports: OFFICE_PORTS }],
  'port-restricted': [{ behaviour: 'port-restricted', ports: OFFICE_PORTS }],
  symmetric: [{ behaviour: 'symmetric', ports: OFFICE_PORTS }],
  cgnat: [
    { behaviour: 'port-restricted', ports: OFFICE_PORTS },
    { behaviour: 'port-restricted', ports: CARRIER_PORTS, idle: IMPATIENT },
  ],
  'udp-blocked': [{ behaviour: 'udp-blocked', ports: OFFICE_PORTS }],
  'proxy-only': [{ behaviour: 'proxy-only', ports: OFFICE_PORTS }],
};

export async function createSite(internet: Internet, name: string, kind: GridKind): Promise<Site> {
  const end = internet.name(name);
  await addNamespace(end);
  return connectSite(internet, end, name, kind);
}

/** Connects an end that has no `eth0`, by NATs of this kind. */
export async function connectSite(internet: Internet, end: string, name: string, kind: GridKind): Promise<Site> {
  const nats: string[] = [];
  let inner = { namespace: end, device: 'eth0' };
  for (const [depth, layer] of LAYERS[kind].entries()) {
    const nat = internet.name(`${name}-nat${depth}`);
    const network = INSIDE[depth] ?? INSIDE[0];
    await addNamespace(nat);
    await makeRouter(nat);
    await cable(
      { ...inner, addresses: [`${network}${HOST}/24`] },
      { namespace: nat, device: 'lan', addresses: [`${network}${ROUTER}/24`] },
    );
    await ip(inner.namespace, `route add default via ${network}${ROUTER}`);
    const { idle } = layer;
    if (idle !== undefined)
      await sysctl(
        nat,
        `net.netfilter.nf_conntrack_udp_timeout=${idle.unanswered}`,
        `net.netfilter.nf_conntrack_udp_timeout_stream=${idle.answered}`,
      );
    nats.push(nat);
    inner = { namespace: nat, device: 'wan' };
  }
  const outside = await internet.connect(inner.namespace, inner.device);
  const rules = LAYERS[kind].map(({ behaviour, ports }, depth) => {
    const isOutermost = depth === nats.length - 1;
    return { behaviour, ports, outside: isOutermost ? outside : `${INSIDE[1]}${HOST}`, inside: `${INSIDE[0]}${HOST}` };
  });
  for (const [depth, options] of rules.entries()) await nft(nats[depth] ?? '', natRuleset(options));
  return { end, outside, nats, rules, proxyPlace: proxyPlaceOf(kind, nats) };
}

/**
 * The site's own NAT is new after this: it knows of no connection, and takes other outside ports than before.
 * `isStrict`: it takes up no TCP connection in its middle, and drops what belongs to one.
 */
export async function rebootNat({ nats: [nat], rules: [rules] }: Site, isStrict: boolean): Promise<void> {
  if (nat === undefined || rules === undefined) throw new Error('This site has no NAT.');
  await sysctl(nat, `net.netfilter.nf_conntrack_tcp_loose=${isStrict ? 0 : 1}`);
  await nft(nat, `delete table ip site\n${natRuleset({ ...rules, ports: PORTS_AFTER_REBOOT })}`);
  await inNamespace(nat, 'conntrack', '--flush');
}

/** On the innermost router, towards the inside. */
function proxyPlaceOf(kind: GridKind, [namespace]: readonly string[]): HttpProxyPlace | null {
  if (kind !== 'proxy-only' || namespace === undefined) return null;
  return { namespace, address: `${INSIDE[0]}${ROUTER}`, port: PROXY_PORT };
}

/** Two ends that share one NAT: in one network, or in two that know of each other only by the NAT's outside address. */
export async function createSharedSites(
  internet: Internet,
  names: readonly [string, string],
  kind: 'one-network' | 'hairpin' | 'no-hairpin',
): Promise<readonly [Site, Site]> {
  const nat = internet.name(`${names[0]}-nat`);
  const [one, other] = [internet.name(names[0]), internet.name(names[1])];
  await Promise.all([nat, one, other].map(addNamespace));
  await makeRouter(nat);
  const outside = await internet.connect(nat, 'wan');
  const hosts = kind === 'one-network' ? ['192.168.1.10', '192.168.1.20'] : ['192.168.1.10', '192.168.2.10'];
  await cable(
    { namespace: one, device: 'eth0', addresses: [`${hosts[0]}/24`] },
    { namespace: nat, device: 'lan', addresses: kind === 'one-network' ? [] : ['192.168.1.1/24'] },
  );
  await cable(
    { namespace: other, device: 'eth0', addresses: [`${hosts[1]}/24`] },
    { namespace: nat, device: 'lan2', addresses: kind === 'one-network' ? [] : ['192.168.2.1/24'] },
  );
  if (kind === 'one-network')
    await ip(
      nat,
      'link add bridge type bridge',
      'link set lan master bridge',
      'link set lan2 master bridge',
      'address add 192.168.1.1/24 dev bridge',
      'link set bridge up',
    );
  await ip(one, 'route add default via 192.168.1.1');
  await ip(other, `route add default via ${kind === 'one-network' ? '192.168.1.1' : '192.168.2.1'}`);
  const behaviour = kind === 'hairpin' ? 'shared-with-hairpin' : 'shared-without-hairpin';
  await nft(nat, natRuleset({ behaviour, ports: OFFICE_PORTS, outside, inside: hosts[0] ?? '' }));
  const common = { outside, nats: [nat], rules: [], proxyPlace: null };
  return [
    { ...common, end: one },
    { ...common, end: other },
  ];
}

/** An end with IPv6 only, behind a stateful firewall and without NAT. */
export async function createIpv6Site(internet: Internet, name: string): Promise<Site> {
  const end = internet.name(name);
  const firewall = internet.name(`${name}-firewall`);
  await Promise.all([end, firewall].map(addNamespace));
  await makeRouter(firewall);
  const network = await internet.connectIpv6Network(firewall, 'wan');
  const outside = `${network}10`;
  await cable(
    { namespace: end, device: 'eth0', addresses: [`${outside}/64`] },
    { namespace: firewall, device: 'lan', addresses: [`${network}1/64`] },
  );
  await ip(end, `route add default via ${network}1`);
  await nft(firewall, statefulFirewall());
  return { end, outside, nats: [firewall], rules: [], proxyPlace: null };
}
