/**
 * The answer to a relay's challenge (protocol/relay-control.ts).
 */
import { createHmac, diffieHellman, type KeyObject } from 'node:crypto';
import { relayProofMessage } from '@edgegateway/protocol/relay-control';
import { importPrivateKey, importPublicKey, publicKeyOf } from '../keys.ts';

/** This end's WireGuard key as a relay asks for it. */
export interface RelayIdentity {
  readonly publicKey: string;
  /**
   * @returns `mac` of the proof message
   * @throws Error for a public key of low order, with which the secret would not be one (RFC 7748 section 6.1)
   */
  prove(challenge: { readonly publicKey: string; readonly nonce: string }): string;
}

/**
 * @param privateKey base64
 * @throws RangeError when it is not base64 of 32 bytes
 */
export function relayIdentity(privateKey: string): RelayIdentity {
  const key: KeyObject = importPrivateKey(privateKey);
  const publicKey = publicKeyOf(privateKey);
  return {
    publicKey,
    prove(challenge) {
      const secret = diffieHellman({ privateKey: key, publicKey: importPublicKey(challenge.publicKey) });
      return createHmac('sha256', secret)
        .update(relayProofMessage(challenge.nonce, publicKey, challenge.publicKey))
        .digest('base64');
    },
  };
}
