/**
 * Text WebSocket messages between an end and a relay, JSON, one object each.
 *
 *     end                                     relay
 *      | ---- hello {publicKey} -------------> |
 *      | <--- challenge {publicKey, nonce} --- |   an ephemeral X25519 key of the relay's
 *      | ---- proof {mac} -------------------> |   only the holder of the WireGuard private key can compute it
 *      | <--- ready ------------------------- |
 *      | ---- open {token} ------------------> |   one for each session
 *      | <--- opened {sessionId, channels} --- |
 *      | <--- presence {channel, present} ---- |   whenever the other end comes or goes
 *      | ---- close {sessionId} -------------> |
 *      | <--- refused {code, message} -------- |   the answer to a bad open; the connection stays
 *      | <--- draining {} -------------------- |   the relay is about to stop: move on
 *
 * Possession (as no signature exists for a Curve25519 key): both sides compute the X25519 secret of the end's
 * static key and the relay's ephemeral one; `mac` is HMAC-SHA256 with that secret over RELAY_PROOF_CONTEXT, the
 * nonce, the end's and the relay's public key: bytes, not base64, one after the other (relayProofMessage).
 */
import { z } from 'zod';
import { sessionId, wireguardPublicKey } from './wire-values.ts';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const channel = z.int().min(0).max(65_535);

export const RELAY_PROOF_CONTEXT = 'remoteconnect relay proof of possession 1';

/** What `mac` is taken over. All three parameters are base64 of 32 bytes, as they stand in the messages. */
export function relayProofMessage(nonce: string, endPublicKey: string, relayPublicKey: string): Uint8Array {
  return Buffer.concat([
    Buffer.from(RELAY_PROOF_CONTEXT, 'utf8'),
    ...[nonce, endPublicKey, relayPublicKey].map((value) => Buffer.from(value, 'base64')),
  ]);
}

export const endToRelay = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), publicKey: wireguardPublicKey }),
  z.strictObject({ type: z.literal('proof'), mac: z.string().regex(BASE64).length(44) }),
  z.strictObject({ type: z.literal('open'), token: z.string().min(1).max(4096) }),
  z.strictObject({ type: z.literal('close'), sessionId }),
]);
export type EndToRelay = z.infer<typeof endToRelay>;

export const relayRefusalCode = z.enum(['token-invalid', 'token-expired', 'token-of-another-key', 'too-many-sessions']);

export const relayToEnd = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('challenge'),
    publicKey: wireguardPublicKey,
    nonce: z.string().regex(BASE64).length(44),
  }),
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('opened'),
    sessionId,
    channels: z
      .array(z.strictObject({ channel, peer: wireguardPublicKey, present: z.boolean() }))
      .min(1)
      .max(50),
  }),
  z.strictObject({ type: z.literal('presence'), channel, present: z.boolean() }),
  z.strictObject({
    type: z.literal('refused'),
    sessionId: sessionId.optional(),
    code: relayRefusalCode,
    message: z.string().max(300),
  }),
  z.strictObject({ type: z.literal('draining') }),
]);
export type RelayToEnd = z.infer<typeof relayToEnd>;

/** WebSocket close codes of the relay's own (RFC 6455 section 7.4.2, private use). */
export const RELAY_CLOSE_CODES = {
  protocolError: 4400,
  notAuthenticated: 4401,
  replaced: 4409,
  tooManyConnections: 4429,
} as const;
