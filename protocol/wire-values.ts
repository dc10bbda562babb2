/**
 * Values that stand in several messages: keys, addresses, names, times.
 * Every schema here parses text from outside into the same text, checked; nothing is converted.
 */
import { z } from 'zod';
import { isInNetwork } from './ipv4.ts';

const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** A Curve25519 public key as `wg` prints it: base64 of 32 bytes, 44 characters. */
export const wireguardPublicKey = z.string().regex(BASE64_OF_32_BYTES, 'must be a WireGuard public key in base64');

/** A 32-byte secret shared by the two ends of a session, base64. */
export const sharedSecret = z.string().regex(BASE64_OF_32_BYTES, 'must be 32 bytes in base64');

/** A gateway's ML-KEM-768 encapsulation key (FIPS 203 section 8): base64 of 1184 bytes. */
export const encapsulationKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{1578}[AEIMQUYcgkosw048]=$/, 'must be 1184 bytes in base64');

/** What an encapsulation key made of a secret, ML-KEM-768's ciphertext (FIPS 203 section 8): base64 of 1088 bytes. */
export const encapsulatedKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{1450}[AEIMQUYcgkosw048]=$/, 'must be 1088 bytes in base64');

export const ipv4Address = z.ipv4();

/** An IPv4 host, written without a prefix length. */
export type Ipv4Address = z.infer<typeof ipv4Address>;

/** IPv4 network in CIDR notation (RFC 4632), for example `192.168.250.0/24`. */
export const ipv4Network = z.cidrv4();

/**
 * What IPv4 addresses mean already at one end: its networks and, as /32, single addresses: its own, its routers and name servers.
 * No address of the tunnel is taken from among them.
 */
export const occupiedNetworks = z.array(ipv4Network).max(32);

/** A host's own address with its network's prefix length, for example `192.168.250.1/24`. */
export const hostInNetwork = z.cidrv4().refine((text) => {
  const [address = '', length = ''] = text.split('/');
  const prefix = Number(length);
  if (prefix < 8 || prefix > 30) return false;
  const bits = address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
  const hosts = 2 ** (32 - prefix);
  const host = bits % hosts;
  const first = Math.floor(bits / 2 ** 24);
  return host !== 0 && host !== hosts - 1 && first > 0 && first < 224 && first !== 127;
}, 'must be the address of a host, with a prefix length of 8 to 30');

/** Shared address space (RFC 6598), out of which tunnels have their addresses; carriers use it too. */
export const TUNNEL_NETWORK = '100.64.0.0/10';

export const tunnelAddress = ipv4Address.refine(
  (address) => isInNetwork(address, TUNNEL_NETWORK),
  `must lie in ${TUNNEL_NETWORK}`,
);

/** A TCP or UDP port. */
export const port = z.int().min(1).max(65_535);

/** A size of IPv4 packets, bytes: RFC 791 obliges everybody to take 576. */
export const tunnelMtu = z.int().min(576).max(65_535);

/** The largest packet inside the tunnel, bytes, wherever the path is not too narrow for it. */
export const USUAL_TUNNEL_MTU = 1280;

/** A point in time, ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes it. */
export const timestamp = z.iso.datetime({ precision: 3 });

export const sessionId = z.uuid();

/** Identifies a gateway in DPS, in the hub and in the cloud (DPS: 1-128 of a-z 0-9 and `-._:`, ends alphanumeric). */
export const registrationId = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._:-]{0,126}[a-z0-9])?$/,
    'must be 1 to 128 of a-z, 0-9, - . _ : and end with a letter or digit',
  );

/** A name a person gave: one line, no control characters. */
export const displayName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters');
