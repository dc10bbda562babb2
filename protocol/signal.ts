/**
 * What the two ends of a session tell each other over the relay, sealed so that the relay cannot read or change it.
 *
 * A box is `nonce (12 bytes) | ciphertext | tag (16 bytes)`: AES-256-GCM (NIST SP 800-38D) over JSON, with a key for
 * each direction: HKDF-SHA256 (RFC 5869) of the session's signalling secret, salted with both ends' WireGuard keys.
 * One box is one packet of a relay frame of type `signal`.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { relayReason } from './relay-reason.ts';
import { ipv4Address, port } from './wire-values.ts';

/** ICE's characters (RFC 8839 section 5.4). */
const iceText = (shortest: number) => z.string().regex(new RegExp(`^[A-Za-z0-9+/]{${shortest},64}$`));

export const signalCandidate = z.strictObject({
  kind: z.enum(['host', 'server-reflexive']),
  address: z.union([ipv4Address, z.ipv6()]),
  port,
});
export type SignalCandidate = z.infer<typeof signalCandidate>;

/** What an end finds out about how it can be reached. */
export const reachability = z.strictObject({
  policy: z.enum(['direct-preferred', 'relay-only']),
  /** Of its own addresses. */
  families: z.array(z.enum(['IPv4', 'IPv6'])).max(2),
  /** Whether a STUN server has answered. */
  stun: z.enum(['unknown', 'answered', 'unanswered']),
  /** How its NAT gives outside ports, as two STUN servers saw it (RFC 4787 section 4.1). */
  mapping: z.enum(['unknown', 'endpoint-independent', 'endpoint-dependent']),
});
export type Reachability = z.infer<typeof reachability>;

export const signalMessage = z.discriminatedUnion('type', [
  /** All candidates that are known so far; a later offer replaces an earlier one. */
  z.strictObject({
    type: z.literal('offer'),
    /** Names the sender's credentials; another one is another run of the sender. */
    fragment: iceText(4),
    password: iceText(22),
    /** 1, 2, 3 ... with each change, for this fragment. */
    revision: z.int().min(1),
    /** What the sender has heard of the receiver; null: nothing yet. */
    heard: z.strictObject({ fragment: iceText(4), revision: z.int().min(1) }).nullable(),
    candidates: z.array(signalCandidate).max(24),
  }),
  /** Sent before each offer, and when it is news. `relayReason`: null from a gateway, which does not choose the path. */
  reachability.extend({ type: z.literal('reachability'), relayReason: relayReason.nullable() }),
  /** A gateway's reading of WireGuard for this client, bytes: what came, less what the relays brought, and what went. */
  z.strictObject({ type: z.literal('pulse'), receivedDirect: z.int(), sent: z.int().min(0) }),
]);
export type SignalMessage = z.infer<typeof signalMessage>;

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const CONTEXT = 'remoteconnect signal 1';

/** No box of ours is longer; more is not even decrypted. */
const BOX_LIMIT_BYTES = 8192;

/**
 * @param secret base64 of 32 bytes, as the cloud gave it to both ends
 * @param sender base64 of the sender's WireGuard public key
 * @param receiver base64 of the receiver's
 */
export function signalKey(secret: string, sender: string, receiver: string): Uint8Array {
  const salt = Buffer.concat([Buffer.from(sender, 'base64'), Buffer.from(receiver, 'base64')]);
  return new Uint8Array(hkdfSync('sha256', Buffer.from(secret, 'base64'), salt, CONTEXT, KEY_BYTES));
}

export function sealSignal(key: Uint8Array, message: SignalMessage): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  return Buffer.concat([nonce, cipher.update(JSON.stringify(message), 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** @returns null when the box is not one that the holder of the key has sealed, or says nothing that is understood */
export function openSignal(key: Uint8Array, box: Uint8Array): SignalMessage | null {
  if (box.length <= NONCE_BYTES + TAG_BYTES || box.length > BOX_LIMIT_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return signalMessage.safeParse(JSON.parse(text.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}
