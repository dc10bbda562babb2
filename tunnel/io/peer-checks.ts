/**
 * Sends and answers the connectivity checks of one peer (protocol/stun/connectivity-check.ts), and keeps both ends'
 * credentials. What a check tells goes to the path machine; nothing unproved gets that far.
 */
import { randomBytes } from 'node:crypto';
import {
  type ConnectivityCheck,
  encodeCheckResponse,
  encodeConnectivityCheck,
  isCheckResponse,
  readConnectivityCheck,
} from '@edgegateway/protocol/stun/connectivity-check';
import { isIpv6, isSameAddress, type TransportAddress } from '../path/candidate.ts';
import type { PairId } from '../path/check-list.ts';
import type { DirectInput } from '../path/direct-events.ts';
import { PADDED_CHECK_BYTES, type PacketBytes, toldBytes } from '../path/path-size.ts';

export interface Credentials {
  readonly fragment: string;
  readonly password: string;
}

interface OpenCheck {
  readonly pair: PairId;
  readonly sentAt: number;
  readonly password: string;
  readonly paddedTo: number | null;
}

export type SendDatagram = (base: string, remote: TransportAddress, datagram: Uint8Array) => void;

/** Milliseconds: an answer that takes longer is none. */
const ANSWER_LIMIT = 3000;
const OPEN_LIMIT = 512;

export class PeerChecks {
  readonly local: Credentials = { fragment: iceText(9), password: iceText(24) };
  readonly #role: 'client' | 'gateway';
  readonly #send: SendDatagram;
  readonly #tieBreaker = randomBytes(8);
  /** By transaction, oldest first. */
  readonly #open = new Map<string, OpenCheck>();
  #remote: Credentials | null = null;

  constructor(role: 'client' | 'gateway', send: SendDatagram) {
    this.#role = role;
    this.#send = send;
  }

  setRemote(remote: Credentials): void {
    this.#remote = remote;
  }

  /** `packetBytes`: of the packets that this end sends on the pair; null: it does not say. */
  check(pair: PairId, nominates: number | null, packetBytes: PacketBytes | null, now: number): void {
    this.#ask(pair, { nominates, packetBytes, paddedTo: null }, now);
  }

  /** A check as large as WireGuard's largest packet, whose answer is as large. */
  paddedCheck(pair: PairId, packetBytes: PacketBytes, now: number): void {
    this.#ask(pair, { nominates: null, packetBytes, paddedTo: PADDED_CHECK_BYTES }, now);
  }

  #ask(pair: PairId, what: Pick<ConnectivityCheck, 'nominates' | 'packetBytes' | 'paddedTo'>, now: number): void {
    const remote = this.#remote;
    if (remote === null) return;
    const transactionId = randomBytes(12);
    this.#forgetOld(now);
    this.#open.set(transactionId.toString('hex'), {
      ...{ pair, sentAt: now, password: remote.password, paddedTo: what.paddedTo },
    });
    const request = encodeConnectivityCheck(
      {
        ...{ transactionId, ...what, remoteFragment: remote.fragment, localFragment: this.local.fragment },
        role: this.#role === 'client' ? 'controlling' : 'controlled',
      },
      this.#tieBreaker,
      remote.password,
    );
    this.#send(pair.base, pair.remote, request);
  }

  /**
   * A STUN message that is not a server's answer.
   * @returns what it proves; null: nothing, or it is not of this peer
   */
  take(message: Uint8Array, base: string, sender: TransportAddress, now: number): DirectInput | null {
    const open = this.#open.get(transactionOf(message));
    if (open !== undefined) return this.#takeAnswer(open, message, base, sender, now);
    const request = readConnectivityCheck(message, (fragment) =>
      fragment === this.local.fragment ? this.local.password : null,
    );
    // The other end's fragment need not be known yet: its check may be faster than its offer.
    if (request === null) return null;
    const source = { family: isIpv6(sender) ? 'IPv6' : 'IPv4', ...sender } as const;
    const { transactionId, nominates, packetBytes, paddedTo } = request;
    this.#send(base, sender, encodeCheckResponse(transactionId, source, this.local.password, paddedTo));
    const pair = { base, remote: sender };
    return { type: 'check-received', pair, nominates, packetBytes: toldBytes(packetBytes) };
  }

  #takeAnswer(
    { pair, password, sentAt, paddedTo }: OpenCheck,
    message: Uint8Array,
    base: string,
    sender: TransportAddress,
    now: number,
  ): DirectInput | null {
    // The answer must take the way back of its question (RFC 8445 section 7.2.5.2.1).
    if (pair.base !== base || !isSameAddress(pair.remote, sender) || !isCheckResponse(message, password)) return null;
    this.#open.delete(transactionOf(message));
    if (paddedTo === null) return { type: 'check-answered', pair, roundTripMs: now - sentAt };
    // An end that knows no padding answers in few bytes, which say nothing about its large packets.
    return message.length >= paddedTo ? { type: 'padded-check-answered', pair } : null;
  }

  #forgetOld(now: number): void {
    for (const [id, { sentAt }] of this.#open) {
      if (now - sentAt < ANSWER_LIMIT && this.#open.size < OPEN_LIMIT) return;
      this.#open.delete(id);
    }
  }
}

function transactionOf(message: Uint8Array): string {
  return Buffer.from(message.buffer, message.byteOffset + 8, 12).toString('hex');
}

/** Base64 of that many bytes: ICE's characters, where the number is a multiple of three. */
function iceText(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}
