import { encodeStunAddress, type StunAddress } from '@edgegateway/protocol/stun/address';

/**
 * struct sockaddr_in and sockaddr_in6 of Linux (ip(7), ipv6(7)): places and sizes in bytes. The port follows the family;
 * both it and the host are in network order.
 */
export const SOCKET_ADDRESS = {
  IPv4: { family: 2, bytes: 16, host: 4, hostBytes: 4 },
  IPv6: { family: 10, bytes: 28, host: 8, hostBytes: 16 },
} as const;

const PORT = 2;

/**
 * The address as bind(2) takes it.
 * @throws StunError (`not-encodable`) when it is none
 */
export function socketAddressOf(address: StunAddress): Uint8Array {
  const { family, bytes, host } = SOCKET_ADDRESS[address.family];
  const result = new Uint8Array(bytes);
  // MAPPED-ADDRESS has the same parts in the same order behind two other bytes.
  const value = encodeStunAddress(address, null);
  result[0] = family;
  result.set(value.subarray(2, 4), PORT);
  result.set(value.subarray(4), host);
  return result;
}

export function portOf(socketAddress: Uint8Array): number {
  return ((socketAddress[PORT] ?? 0) << 8) | (socketAddress[PORT + 1] ?? 0);
}
