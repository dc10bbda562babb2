import type { RelayReason } from '@edgegateway/protocol/relay-reason';

/** For the technician. */
export const RELAY_REASON_SENTENCES: Readonly<Record<RelayReason, string>> = {
  searching: 'A direct path is being looked for.',
  'relay-only': 'This client is set to use relays only (--path relay-only).',
  'no-common-family': 'This computer and the gateway have no kind of address (IPv4, IPv6) in common.',
  'udp-blocked-client': "A firewall at this computer's side lets no UDP through.",
  'udp-blocked-gateway': "A firewall at the gateway's side lets no UDP through.",
  'udp-blocked-both': 'Neither side gets an answer over UDP: firewalls let none through, or the STUN servers are down.',
  'nat-client': "The router (NAT) at this computer's side uses another port for each destination.",
  'nat-gateway': "The router (NAT) at the gateway's side uses another port for each destination.",
  'nat-both': 'The routers (NAT) at both sides use another port for each destination.',
  unanswered: 'Routers or firewalls between this computer and the gateway let no direct packet through.',
  'wireguard-blocked': "A firewall on the direct way stops WireGuard's packets.",
  unstable: 'The direct path keeps failing; it is left alone for a while.',
  'path-lost': 'The direct path has stopped working; another one is being looked for.',
};
