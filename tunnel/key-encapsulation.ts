/**
 * ML-KEM-768 (FIPS 203): whoever has an encapsulation key makes a secret and a ciphertext of it, which only the owner of
 * the decapsulation key can open. Everything is base64 of the raw bytes.
 */
import {
  createPrivateKey,
  createPublicKey,
  decapsulate,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

const TYPE = 'ml-kem-768';
const SEED_BYTES = 64;

export interface EncapsulationKeyPair {
  /** 1184 bytes, public. */
  readonly encapsulationKey: string;
  readonly decapsulationKey: KeyObject;
}

export interface Encapsulated {
  /** 1088 bytes, public. */
  readonly encapsulatedKey: string;
  /** 32 bytes, known to the two ends only. */
  readonly secret: Uint8Array;
}

/** The seed of a new key pair (FIPS 203 section 7.1: `d` and `z`), 64 bytes: a secret, and all that has to be kept. */
export function generateSeed(): string {
  return generateKeyPairSync(TYPE).privateKey.export({ format: 'raw-seed' }).toString('base64');
}

/** @throws RangeError when `seed` is not base64 of 64 bytes */
export function keyPairOf(seed: string): EncapsulationKeyPair {
  const key = Buffer.from(seed, 'base64');
  if (key.length !== SEED_BYTES || key.toString('base64') !== seed)
    throw new RangeError('a seed is base64 of 64 bytes');
  const decapsulationKey = createPrivateKey({ key, format: 'raw-seed', asymmetricKeyType: TYPE });
  const encapsulationKey = createPublicKey(decapsulationKey).export({ format: 'raw-public' }).toString('base64');
  return { encapsulationKey, decapsulationKey };
}

/** @throws RangeError when `encapsulationKey` does not pass the checks of FIPS 203 section 7.2 */
export function encapsulateFor(encapsulationKey: string): Encapsulated {
  const { ciphertext, sharedKey } = encapsulate(importEncapsulationKey(encapsulationKey));
  return { encapsulatedKey: ciphertext.toString('base64'), secret: sharedKey };
}

/**
 * A ciphertext that was not made for this key gives another secret, not an error (FIPS 203 section 6.3: implicit rejection).
 * @param encapsulatedKey base64 of 1088 bytes
 */
export function openEncapsulated(decapsulationKey: KeyObject, encapsulatedKey: string): Uint8Array {
  return decapsulate(decapsulationKey, Buffer.from(encapsulatedKey, 'base64'));
}

function importEncapsulationKey(encapsulationKey: string): KeyObject {
  const key = Buffer.from(encapsulationKey, 'base64');
  try {
    return createPublicKey({ key, format: 'raw-public', asymmetricKeyType: TYPE });
  } catch (cause) {
    throw new RangeError('this is no ML-KEM-768 encapsulation key', { cause });
  }
}
