/**
 * What waits for one slow receiver. Two lanes: control is sent first and never dropped; packets wait for a bounded
 * time and number of bytes, and the oldest go first, because a tunnel's newest packets are the useful ones.
 */
import { Fifo } from './fifo.ts';

interface Waiting {
  readonly message: Uint8Array;
  readonly since: number;
}

export interface QueueBounds {
  /** Milliseconds */
  readonly queueTime: number;
  readonly queueBytes: number;
}

/** Why messages of packets were dropped, and how long the others waited. */
export interface QueueObserver {
  dropped(reason: 'queue-time' | 'queue-bytes'): void;
  /** `milliseconds` that a message of packets waited before it was sent. */
  waited(milliseconds: number): void;
}

/** A receiver that leaves this many control messages unread is as good as gone. */
export const MAX_WAITING_CONTROL = 2000;

export class ForwardQueue {
  readonly #bounds: QueueBounds;
  readonly #observer: QueueObserver;
  readonly #control = new Fifo<string | Uint8Array>();
  readonly #packets = new Fifo<Waiting>();
  #packetBytes = 0;
  #dropped = 0;

  constructor(bounds: QueueBounds, observer: QueueObserver) {
    this.#bounds = bounds;
    this.#observer = observer;
  }

  get isEmpty(): boolean {
    return this.#control.length === 0 && this.#packets.length === 0;
  }

  /** Messages of packets dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** False when the lane is full: the receiver does not read. */
  pushControl(message: string | Uint8Array): boolean {
    if (this.#control.length >= MAX_WAITING_CONTROL) return false;
    this.#control.push(message);
    return true;
  }

  /** `now`: monotonic milliseconds. */
  pushPackets(message: Uint8Array, now: number): void {
    this.#packets.push({ message, since: now });
    this.#packetBytes += message.length;
    this.#dropOld(now);
  }

  /** The next message to send, or null. */
  take(now: number): string | Uint8Array | null {
    const control = this.#control.shift();
    if (control !== undefined) return control;
    this.#dropOld(now);
    const oldest = this.#shiftPackets();
    if (oldest === undefined) return null;
    this.#observer.waited(now - oldest.since);
    return oldest.message;
  }

  #dropOld(now: number): void {
    for (;;) {
      const oldest = this.#packets.first;
      if (oldest === undefined) return;
      const tooOld = now - oldest.since > this.#bounds.queueTime;
      if (!tooOld && this.#packetBytes <= this.#bounds.queueBytes) return;
      this.#shiftPackets();
      this.#dropped += 1;
      this.#observer.dropped(tooOld ? 'queue-time' : 'queue-bytes');
    }
  }

  #shiftPackets(): Waiting | undefined {
    const oldest = this.#packets.shift();
    if (oldest !== undefined) this.#packetBytes -= oldest.message.length;
    return oldest;
  }
}
