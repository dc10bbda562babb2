import { BINDING_ANSWER_MAX_BYTES, writeBindingAnswer } from '@edgegateway/protocol/stun/binding';
import { MessageArray } from './message-array.ts';
import { portOf, SOCKET_ADDRESS } from './socket-address.ts';
import type { SocketCalls } from './socket-calls.ts';

/** More gain nothing: the cost of a system call is then shared by enough. */
export const BATCH = 64;

/** A longer question is none that anybody asks: a STUN request fits the smallest MTU (RFC 8489 section 6.1). */
const REQUEST_BYTES = 2048;

/** Takes up to BATCH datagrams with one system call and sends their answers with another. */
export class AnswerBatch {
  readonly #calls: SocketCalls;
  readonly #incoming: MessageArray;
  readonly #outgoing: MessageArray;
  readonly #hosts: readonly Uint8Array[];

  constructor(calls: SocketCalls, family: keyof typeof SOCKET_ADDRESS) {
    const { bytes, host, hostBytes } = SOCKET_ADDRESS[family];
    this.#calls = calls;
    this.#incoming = new MessageArray(BATCH, bytes, REQUEST_BYTES);
    this.#outgoing = new MessageArray(BATCH, bytes, BINDING_ANSWER_MAX_BYTES);
    this.#hosts = this.#incoming.names.map((name) => name.subarray(host, host + hostBytes));
  }

  /**
   * Waits for datagrams, a second at the longest, and answers them.
   * @returns how many have come
   * @throws SystemCallError
   */
  serve(descriptor: number): number {
    const received = this.#calls.receive(descriptor, this.#incoming.address, BATCH);
    let answers = 0;
    for (let index = 0; index < received; index += 1) if (this.#answer(index, answers)) answers += 1;
    this.#send(descriptor, answers);
    return received;
  }

  #answer(index: number, place: number): boolean {
    const request = this.#incoming.received(index);
    const source = this.#incoming.names[index];
    const host = this.#hosts[index];
    const answer = this.#outgoing.contents[place];
    const target = this.#outgoing.names[place];
    if (!request || !source || !host || !answer || !target) return false;
    const port = portOf(source);
    // Nobody can be answered at port 0.
    const bytes = port === 0 ? 0 : writeBindingAnswer(answer, request, host, port);
    if (bytes === 0) return false;
    this.#outgoing.setLength(place, bytes);
    target.set(source);
    return true;
  }

  /** An answer that cannot be delivered is one that the asker repeats its question for: the next one follows. */
  #send(descriptor: number, count: number): void {
    for (let sent = 0; sent < count; )
      sent += Math.max(1, this.#calls.send(descriptor, this.#outgoing.addressOf(sent), count - sent));
  }
}
