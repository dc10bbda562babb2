/**
 * Tells the other end this end's candidates and credentials until it says that it has heard them, and hears its own:
 * sealed, over whichever relay carries the peer. How this end can be reached goes before each offer, unanswered.
 */
import {
  openSignal,
  type SignalCandidate,
  type SignalMessage,
  sealSignal,
  signalKey,
} from '@edgegateway/protocol/signal';
import type { Pulse } from '../path/evidence.ts';
import type { Credentials } from './peer-checks.ts';

export interface PeerOffersOptions {
  readonly secret: string;
  readonly ownPublicKey: string;
  readonly peerPublicKey: string;
  readonly local: Credentials;
  /** @returns whether a relay took it */
  readonly send: (box: Uint8Array) => boolean;
}

export interface ReceivedOffer {
  readonly type: 'offer';
  readonly remote: Credentials;
  readonly candidates: readonly SignalCandidate[];
}

export type ToldReachability = Omit<Extract<SignalMessage, { type: 'reachability' }>, 'type'>;

export type ReceivedSignal =
  | ReceivedOffer
  | { readonly type: 'pulse'; readonly pulse: Pulse }
  | { readonly type: 'reachability'; readonly reachability: ToldReachability };

/** Milliseconds until an offer that was not heard is told again. */
const REPEAT = 500;

export class PeerOffers {
  readonly #options: PeerOffersOptions;
  readonly #sealKey: Uint8Array;
  readonly #openKey: Uint8Array;
  #candidates: readonly SignalCandidate[] = [];
  #reachability: ToldReachability | null = null;
  #revision = 0;
  #heardOfUs = 0;
  #remote: { readonly fragment: string; readonly revision: number } | null = null;
  /** Fragments of former runs of the other end: what is sent under them is old. */
  readonly #former = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: PeerOffersOptions) {
    this.#options = options;
    const { secret, ownPublicKey, peerPublicKey } = options;
    this.#sealKey = signalKey(secret, ownPublicKey, peerPublicKey);
    this.#openKey = signalKey(secret, peerPublicKey, ownPublicKey);
  }

  /** Makes these the candidates. `again`: tells them though they are the same, so that the other end checks anew. */
  offer(candidates: readonly SignalCandidate[], again: boolean, now: number): void {
    if (!again && this.#revision > 0 && JSON.stringify(candidates) === JSON.stringify(this.#candidates)) return;
    this.#candidates = candidates;
    this.#revision += 1;
    this.#tell(now);
  }

  /** Tells it when it is news. */
  reachability(reachability: ToldReachability): void {
    if (JSON.stringify(reachability) === JSON.stringify(this.#reachability)) return;
    this.#reachability = reachability;
    this.#tellReachability();
  }

  pulse({ receivedDirect, sent }: Pulse): void {
    this.#options.send(sealSignal(this.#sealKey, { type: 'pulse', receivedDirect, sent }));
  }

  /** To be called now and then, and when a relay has become usable. */
  repeat(now: number): void {
    if (this.#revision > this.#heardOfUs && now - this.#toldAt >= REPEAT) this.#tell(now);
  }

  /** @returns null when the box says nothing new, or is not one of the other end's */
  take(box: Uint8Array, now: number): ReceivedSignal | null {
    const message = openSignal(this.#openKey, box);
    if (message === null) return null;
    if (message.type === 'pulse') return { type: 'pulse', pulse: message };
    if (message.type === 'offer') return this.#takeOffer(message, now);
    const { type, ...reachability } = message;
    return { type, reachability };
  }

  #takeOffer(offer: Extract<SignalMessage, { type: 'offer' }>, now: number): ReceivedOffer | null {
    const { fragment, password, revision, heard, candidates } = offer;
    const known = this.#remote;
    if (this.#former.has(fragment)) return null;
    const isNews = known?.fragment !== fragment || revision > known.revision;
    if (known !== null && known.fragment !== fragment) this.#former.add(known.fragment);
    if (heard?.fragment === this.#options.local.fragment) this.#heardOfUs = Math.max(this.#heardOfUs, heard.revision);
    if (isNews) this.#remote = { fragment, revision };
    // Without this answer the other end would tell it again and again.
    if (isNews) this.#tell(now);
    return isNews ? { type: 'offer', remote: { fragment, password }, candidates } : null;
  }

  #tell(now: number): void {
    if (this.#revision === 0) return;
    const { local, send } = this.#options;
    this.#tellReachability();
    const message: SignalMessage = {
      type: 'offer',
      ...{ fragment: local.fragment, password: local.password, revision: this.#revision },
      ...{ heard: this.#remote, candidates: [...this.#candidates] },
    };
    if (send(sealSignal(this.#sealKey, message))) this.#toldAt = now;
  }

  #tellReachability(): void {
    const reachability = this.#reachability;
    if (reachability === null) return;
    this.#options.send(sealSignal(this.#sealKey, { type: 'reachability', ...reachability }));
  }
}
