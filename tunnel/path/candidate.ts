/** Addresses at which an end may be reached, in the terms of ICE (RFC 8445 section 5.1.1). */

export interface TransportAddress {
  /** IPv4 dotted, or IPv6 as RFC 5952 writes it. */
  readonly address: string;
  readonly port: number;
}

/** `peer-reflexive`: learned from a check that came from there. */
export type CandidateKind = 'host' | 'server-reflexive' | 'peer-reflexive';

export interface Candidate extends TransportAddress {
  readonly kind: CandidateKind;
}

export function isSameAddress(one: TransportAddress, other: TransportAddress): boolean {
  return one.port === other.port && one.address === other.address;
}

export function isIpv6({ address }: Pick<TransportAddress, 'address'>): boolean {
  return address.includes(':');
}
