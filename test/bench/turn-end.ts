/**
 * One client of a TURN server over TLS, without credentials: an allocation and one channel (RFC 8656). Just enough to
 * load a server that takes anonymous clients.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { decodeStunAddress, encodeStunAddress, type StunAddress } from '@edgegateway/protocol/stun/address';
import type { StunAttribute } from '@edgegateway/protocol/stun/attributes';
import { STUN_HEADER_BYTES, STUN_TRANSACTION_ID_BYTES } from '@edgegateway/protocol/stun/header';
import { decodeStunMessage, encodeStunMessage, type StunMessage } from '@edgegateway/protocol/stun/message';

/** RFC 8656 section 17. */
const ALLOCATE = 0x003;
const CHANNEL_BIND = 0x009;

/** RFC 8656 section 18. */
const CHANNEL_NUMBER = 0x000c;
const XOR_PEER_ADDRESS = 0x0012;
const XOR_RELAYED_ADDRESS = 0x0016;
const REQUESTED_TRANSPORT = 0x0019;

const UDP = 17;

/** The first channel number there is (RFC 8656 section 12): no STUN message starts with its upper byte. */
const CHANNEL = 0x4000;
const CHANNEL_HEADER_BYTES = 4;

export class TurnEnd {
  readonly relayed: StunAddress;
  readonly #socket: TLSSocket;
  readonly #reader: MessageReader;

  /** @throws Error when the server refuses */
  static async allocate(address: string, port: number, caPem: string): Promise<TurnEnd> {
    const socket = connect({ host: address, port, ca: caPem });
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    const reader = new MessageReader(socket);
    const transport = { kind: 'raw', type: REQUESTED_TRANSPORT, value: Uint8Array.of(UDP, 0, 0, 0) } as const;
    const answer = await reader.ask(ALLOCATE, () => [transport]);
    for (const attribute of answer.attributes)
      if (attribute.kind === 'raw' && attribute.type === XOR_RELAYED_ADDRESS)
        return new TurnEnd(socket, reader, decodeStunAddress(attribute.value, answer.transactionId));
    throw new Error('the TURN server told no relayed address');
  }

  private constructor(socket: TLSSocket, reader: MessageReader, relayed: StunAddress) {
    this.#socket = socket;
    this.#reader = reader;
    this.relayed = relayed;
  }

  /** From now on packets go to this end and come from it. Binding a channel permits its address, too. */
  async bind(peer: StunAddress): Promise<void> {
    await this.#reader.ask(CHANNEL_BIND, (transactionId) => [
      { kind: 'raw', type: CHANNEL_NUMBER, value: Uint8Array.of(CHANNEL >>> 8, CHANNEL & 0xff, 0, 0) },
      { kind: 'raw', type: XOR_PEER_ADDRESS, value: encodeStunAddress(peer, transactionId) },
    ]);
  }

  /** Packets as one write; their lengths are multiples of four (RFC 8656 section 12.5). */
  send(messages: Uint8Array): void {
    this.#socket.write(messages);
  }

  onPackets(arrived: (packets: number) => void): void {
    this.#reader.onPackets = arrived;
  }
}

export function channelData(packet: Uint8Array): Uint8Array {
  const header = Buffer.alloc(CHANNEL_HEADER_BYTES);
  header.writeUInt16BE(CHANNEL, 0);
  header.writeUInt16BE(packet.length, 2);
  return Buffer.concat([header, packet]);
}

/** Cuts the stream into messages: STUN and ChannelData. */
class MessageReader {
  onPackets: (packets: number) => void = () => undefined;
  readonly #socket: TLSSocket;
  #rest: Buffer = Buffer.alloc(0);
  #answered: (message: StunMessage) => void = () => undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
  }

  async ask(method: number, attributes: (transactionId: Uint8Array) => StunAttribute[]): Promise<StunMessage> {
    const transactionId = randomBytes(STUN_TRANSACTION_ID_BYTES);
    const answer = new Promise<StunMessage>((resolve) => {
      this.#answered = resolve;
    });
    this.#socket.write(
      encodeStunMessage({ class: 'request', method, transactionId, attributes: attributes(transactionId) }),
    );
    const message = await answer;
    if (message.class === 'success') return message;
    throw new Error(`the TURN server refused method ${method}: ${JSON.stringify(message.attributes)}`);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    let packets = 0;
    while (bytes.length - offset >= CHANNEL_HEADER_BYTES) {
      const isPacket = bytes.readUInt16BE(offset) >= CHANNEL;
      const length = bytes.readUInt16BE(offset + 2);
      const end = offset + length + (isPacket ? CHANNEL_HEADER_BYTES : STUN_HEADER_BYTES);
      if (end > bytes.length) break;
      if (isPacket) packets += 1;
      else this.#answered(decodeStunMessage(bytes.subarray(offset, end)));
      offset = end;
    }
    this.#rest = bytes.subarray(offset);
    if (packets > 0) this.onPackets(packets);
  }
}
