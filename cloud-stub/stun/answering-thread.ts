/**
 * Program of the STUN server's thread: waits in the kernel for questions and answers them, until it is told to stop.
 * It has no event loop to give way to, so nothing else may run in it.
 */
import { workerData } from 'node:worker_threads';
import { AnswerBatch } from './answer-batch.ts';
import type { SOCKET_ADDRESS } from './socket-address.ts';
import { loadSocketCalls } from './socket-calls.ts';

export interface AnsweringThreadData {
  /** Of a bound UDP socket, which stays its owner's. */
  readonly descriptor: number;
  readonly family: keyof typeof SOCKET_ADDRESS;
  /** One integer: not 0 once the thread is to end. */
  readonly stop: SharedArrayBuffer;
}

/**
 * Milliseconds. Where several questions have come at once, more are on their way: they are waited for, so that many
 * share the two system calls and the waking of this thread. An asker does not notice; whoever asks alone does not wait.
 */
const GATHERING = 0.1;

const { descriptor, family, stop }: AnsweringThreadData = workerData;
const isStopped = new Int32Array(stop);
const batch = new AnswerBatch(loadSocketCalls(), family);
let received = 0;
while (Atomics.load(isStopped, 0) === 0) {
  if (received > 1) Atomics.wait(isStopped, 0, 0, GATHERING);
  received = batch.serve(descriptor);
}
