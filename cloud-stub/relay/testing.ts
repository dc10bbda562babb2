/** Ends for the relay's tests: a WebSocket that speaks relay-control.ts, and tokens as the cloud issues them. */
import { createHmac, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { type EndToRelay, type RelayToEnd, relayProofMessage, relayToEnd } from '@edgegateway/protocol/relay-control';
import { encodeRelayFrame, RELAY_FRAME_MAX_BYTES, type RelayFrameType } from '@edgegateway/protocol/relay-frame';
import { RELAY_TOKEN_AUDIENCE } from '@edgegateway/protocol/relay-token';
import { SignJWT } from 'jose';
import { type ClientOptions, WebSocket } from 'ws';

export interface TestKey {
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function testKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64') };
}

/** `lifetime` in seconds from now. */
export function signToken(
  signingKey: KeyObject,
  claims: { sub: string; peers: readonly string[]; sid: string },
  lifetime = 3600,
): Promise<string> {
  return new SignJWT({ peers: claims.peers, sid: claims.sid })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setAudience(RELAY_TOKEN_AUDIENCE)
    .setSubject(claims.sub)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .sign(signingKey);
}

/** The `mac` of a proof. */
export function proofOf(key: TestKey, challenge: { publicKey: string; nonce: string }): string {
  const der = Buffer.concat([
    Buffer.from('302a300506032b656e032100', 'hex'),
    Buffer.from(challenge.publicKey, 'base64'),
  ]);
  const relayKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const secret = diffieHellman({ privateKey: key.privateKey, publicKey: relayKey });
  return createHmac('sha256', secret)
    .update(relayProofMessage(challenge.nonce, key.publicKey, challenge.publicKey))
    .digest('base64');
}

export class TestEnd {
  readonly socket: WebSocket;
  /** The code that the relay closed with. */
  readonly closed: Promise<number>;
  readonly #messages: RelayToEnd[] = [];
  readonly #frames: Buffer[] = [];
  #wake: () => void = () => undefined;

  constructor(url: string, caPem: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, { ca: caPem, perMessageDeflate: false, ...options });
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) this.#frames.push(data);
      else this.#messages.push(relayToEnd.parse(JSON.parse(data.toString())));
      this.#wake();
    });
    this.socket.on('close', () => this.#wake());
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open');
    return this;
  }

  send(message: EndToRelay): void {
    this.socket.send(JSON.stringify(message));
  }

  sendFrame(channel: number, text: string, type: RelayFrameType = 'wireguard'): void {
    this.socket.send(encodeRelayFrame({ type, epoch: 7, channel, packets: [Buffer.from(text)] }));
  }

  /** The next control message of this type; others before it are thrown away. */
  async next<Type extends RelayToEnd['type']>(type: Type): Promise<Extract<RelayToEnd, { type: Type }>> {
    for (;;) {
      const message = this.#messages.shift();
      if (message === undefined) await this.#more();
      else if (isOfType(message, type)) return message;
    }
  }

  /** The next binary message. */
  async frame(): Promise<Buffer> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      await this.#more();
    }
  }

  async authenticate(key: TestKey): Promise<this> {
    await this.opened();
    this.send({ type: 'hello', publicKey: key.publicKey });
    const challenge = await this.next('challenge');
    this.send({ type: 'proof', mac: proofOf(key, challenge) });
    await this.next('ready');
    return this;
  }

  async openSession(token: string) {
    this.send({ type: 'open', token });
    return this.next('opened');
  }

  #more(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the relay closed the connection');
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function isOfType<Type extends RelayToEnd['type']>(
  message: RelayToEnd,
  type: Type,
): message is Extract<RelayToEnd, { type: Type }> {
  return message.type === type;
}

/** A frame with these lengths, each with as many bytes behind it as `bytes` says. */
function framed(...packets: readonly { readonly says: number; readonly bytes: number }[]): Uint8Array {
  const parts = packets.map(({ says, bytes }) =>
    Buffer.concat([Buffer.of(says >> 8, says & 0xff), Buffer.alloc(bytes)]),
  );
  return Buffer.concat([Buffer.of(1, 7, 0, 0), ...parts]);
}

/** Messages whose lengths do not fill them exactly. */
export const WRONG_FRAMES = [
  ['a length of 0xFFFD', framed({ says: 0xfffd, bytes: 10 })],
  ['a length of 0xFFFE', framed({ says: 0xfffe, bytes: 10 })],
  ['a length of 0xFFFF', framed({ says: 0xffff, bytes: 10 })],
  ['a length of 0xFFFF in the largest message', framed({ says: 0xffff, bytes: RELAY_FRAME_MAX_BYTES - 6 })],
  ['a length of 0', framed({ says: 0, bytes: 0 })],
  ['a good packet before a length of 0', framed({ says: 4, bytes: 4 }, { says: 0, bytes: 4 })],
  ['a good packet before a length of 0xFFFF', framed({ says: 4, bytes: 4 }, { says: 0xffff, bytes: 4 })],
  ['a byte too few', framed({ says: 5, bytes: 4 })],
  ['a byte too many', framed({ says: 4, bytes: 5 })],
] as const;
