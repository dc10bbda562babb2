/**
 * Sends and answers the connectivity checks of one peer (protocol/stun/connectivity-check.ts), and keeps both ends'
 * credentials. What a check tells goes to the path machine; nothing unproved gets that far.
 */
import { randomBytes } from 'node:crypto';
import {
  encodeCheckResponse,
  encodeConnectivityCheck,
  isCheckResponse,
  readConnectivityCheck,
} from '@edgegateway/protocol/stun/connectivity-check';
import { isIpv6, isSameAddress, type TransportAddress } from '../path/candidate.ts';
import type { PairId } from '../path/check-list.ts';
import type { DirectInput } from '../path/client-path.ts';

export interface Credentials {
  readonly fragment: string;
  readonly password: string;
}

interface OpenCheck {
  readonly pair: PairId;
  readonly sentAt: number;
  readonly password: string;
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

  check(pair: PairId, nominates: number | null, now: number): void {
    const remote = this.#remote;
    if (remote === null) return;
    const transactionId = randomBytes(12);
    this.#forgetOld(now);
    this.#open.set(transactionId.toString('hex'), { pair, sentAt: now, password: remote.password });
    const request = encodeConnectivityCheck(
      {
        ...{ transactionId, nominates, remoteFragment: remote.fragment, localFragment: this.local.fragment },
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
    this.#send(base, sender, encodeCheckResponse(request.transactionId, source, this.local.password));
    return { type: 'check-received', pair: { base, remote: sender }, nominates: request.nominates };
  }

  #takeAnswer(
    { pair, password, sentAt }: OpenCheck,
    message: Uint8Array,
    base: string,
    sender: TransportAddress,
    now: number,
  ): DirectInput | null {
    // The answer must take the way back of its question (RFC 8445 section 7.2.5.2.1).
    if (pair.base !== base || !isSameAddress(pair.remote, sender) || !isCheckResponse(message, password)) return null;
    this.#open.delete(transactionOf(message));
    return { type: 'check-answered', pair, roundTripMs: now - sentAt };
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
