/**
 * The rules of one NAT or firewall, for nft(8). Its device `wan` leads outside, its device `lan` inside. A shared one has
 * a second device inside, `lan2`, and no way between the two but by its outside address.
 */

export type NatBehaviour =
  | 'full-cone'
  | 'address-restricted'
  | 'port-restricted'
  | 'symmetric'
  | 'udp-blocked'
  | 'proxy-only'
  | 'shared-with-hairpin'
  | 'shared-without-hairpin';

export interface NatOptions {
  readonly behaviour: NatBehaviour;
  readonly outside: string;
  /** The host that a 1:1 NAT stands for. */
  readonly inside: string;
  /** Outside ports of a NAT that does not keep the inside port, for example `40000-50000`. */
  readonly ports: string;
}

export function natRuleset(options: NatOptions): string {
  return table([
    chain('input', 'filter hook input priority filter', [
      // Dropped packets leave no conntrack entry. One that stayed would claim the outside port: the kernel would then map
      // the inside host's own packets to another one, and the NAT would turn symmetric (nf_nat_used_tuple).
      'iifname "wan" meta l4proto udp drop',
    ]),
    ...chainsOf(options),
  ]);
}

const ANSWERS = 'ct state established,related accept';
const FROM_INSIDE = 'iifname "lan" accept';
/** Seconds that an address counts as contacted after the last packet to it. */
const CONTACT_TIMEOUT = 60;

function chainsOf({ behaviour, outside, inside, ports }: NatOptions): string[] {
  const allTo = `oifname "wan" snat to ${outside}`;
  const someTo = [`oifname "wan" ip protocol udp snat to ${outside}:${ports}`, allTo];
  const udpInside = `iifname "wan" ip daddr ${outside} meta l4proto udp dnat to ${inside}`;
  switch (behaviour) {
    case 'full-cone':
      return [destinations([udpInside]), forward([FROM_INSIDE, 'meta l4proto udp accept', ANSWERS]), sources([allTo])];
    case 'address-restricted':
      return [
        `set contacted { type ipv4_addr; flags dynamic,timeout; timeout ${CONTACT_TIMEOUT}s; size 1024; }`,
        destinations([udpInside]),
        forward([
          'iifname "lan" meta l4proto udp update @contacted { ip daddr } accept',
          'iifname "wan" meta l4proto udp ip saddr @contacted accept',
          'meta l4proto udp drop',
          FROM_INSIDE,
          ANSWERS,
        ]),
        sources([allTo]),
      ];
    case 'port-restricted':
      return [forward([FROM_INSIDE, ANSWERS]), sources(someTo)];
    case 'symmetric':
      return [forward([FROM_INSIDE, ANSWERS]), sources(['oifname "wan" masquerade fully-random'])];
    case 'udp-blocked':
      return [forward(['meta l4proto udp drop', FROM_INSIDE, ANSWERS]), sources([allTo])];
    case 'proxy-only':
      // What the proxy sends is the router's own and is not forwarded.
      return [forward([])];
    case 'shared-without-hairpin':
      // Some kernels pass what goes through a bridge by the rules of a router (br_netfilter).
      return [forward(['oifname "wan" accept', 'iifname "bridge" oifname "bridge" accept', ANSWERS]), sources([allTo])];
    case 'shared-with-hairpin':
      return [
        'map owners { type inet_service : ipv4_addr; flags dynamic,timeout; timeout 60s; size 1024; }',
        destinations([`iifname "lan*" ip daddr ${outside} dnat to udp dport map @owners`]),
        forward([
          'oifname "wan" meta l4proto udp update @owners { udp sport : ip saddr }',
          'oifname "wan" accept',
          'ct status dnat accept',
          ANSWERS,
        ]),
        // RFC 4787 section 6: the packet comes back with the outside address of its sender.
        sources([allTo, `ct status dnat snat to ${outside}`]),
      ];
  }
}

/** A stateful firewall without NAT: lets out everything, lets in answers. */
export function statefulFirewall(): string {
  return table([forward([FROM_INSIDE, 'meta l4proto ipv6-icmp accept', ANSWERS])], 'ip6');
}

function table(parts: readonly string[], family: 'ip' | 'ip6' = 'ip'): string {
  return `table ${family} site {\n${parts.join('\n')}\n}\n`;
}

function chain(name: string, hook: string, rules: readonly string[], policy = 'accept'): string {
  return `chain ${name} {\ntype ${hook}; policy ${policy};\n${rules.join('\n')}\n}`;
}

function forward(rules: readonly string[]): string {
  return chain('forward', 'filter hook forward priority filter', rules, 'drop');
}

function destinations(rules: readonly string[]): string {
  return chain('destinations', 'nat hook prerouting priority dstnat', rules);
}

function sources(rules: readonly string[]): string {
  return chain('sources', 'nat hook postrouting priority srcnat', rules);
}
