/**
 * A STUN server (RFC 8489) over UDP: tells whoever asks as whom it is seen. Keeps nothing, logs no addresses, and
 * stays silent on everything that is not a well-formed Binding request. A thread of its own answers, many datagrams at
 * a time (docs/performance.md).
 */
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { Worker } from 'node:worker_threads';
import { listenError } from '../listen.ts';
import type { AnsweringThreadData } from './answering-thread.ts';
import { loadSocketCalls, type SocketCalls, SystemCallError } from './socket-calls.ts';

export interface StunServerOptions {
  readonly name: string;
  /** IPv4 or IPv6 */
  readonly address: string;
  /** 0: any free one */
  readonly port: number;
}

export class StunServer {
  readonly port: number;
  /** Fulfilled when the server has been stopped, rejected when it cannot go on. */
  readonly ended: Promise<void>;
  readonly #calls: SocketCalls;
  /** Null once it is closed: its number may be another file's then. */
  #descriptor: number | null;
  readonly #stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /**
   * @throws ListenError
   * @throws Error on a platform that the server does not run on
   */
  static start({ name, address, port }: StunServerOptions): StunServer {
    const calls = loadSocketCalls();
    try {
      const bound = calls.open(address, port);
      return new StunServer(calls, bound.descriptor, bound.port, isIPv6(address) ? 'IPv6' : 'IPv4');
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      throw listenError(`The STUN server ${name}`, address, port, error);
    }
  }

  private constructor(calls: SocketCalls, descriptor: number, port: number, family: AnsweringThreadData['family']) {
    this.port = port;
    this.#calls = calls;
    this.#descriptor = descriptor;
    const stop = this.#stop.buffer;
    const data: AnsweringThreadData = { descriptor, family, stop };
    const thread = new Worker(new URL('answering-thread.ts', import.meta.url), { workerData: data });
    this.ended = once(thread, 'exit')
      .then(() => undefined)
      .finally(() => this.#close());
  }

  /** Fulfilled once no question is answered any more and the port is free. */
  async stop(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    if (this.#descriptor !== null) this.#calls.wake(this.#descriptor);
    await this.ended;
  }

  #close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
