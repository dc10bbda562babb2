import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { encodeBindingRequest, mappedAddressOf } from '@edgegateway/protocol/stun/binding';
import { decodeStunMessage } from '@edgegateway/protocol/stun/message';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AnswerBatch, BATCH } from './answer-batch.ts';
import { loadSocketCalls, type SocketCalls } from './socket-calls.ts';

const FAMILIES = [
  { family: 'IPv4', type: 'udp4', address: '127.0.0.1' },
  { family: 'IPv6', type: 'udp6', address: '::1' },
] as const;

describe.each(FAMILIES)('$family', ({ family, type, address }) => {
  const calls = loadSocketCalls();
  let server: ReturnType<SocketCalls['open']>;
  let clients: Socket[];
  let answers: { readonly client: Socket; readonly answer: Buffer }[];
  let heard: () => void;

  beforeEach(() => {
    server = calls.open(address, 0);
    clients = [];
    answers = [];
    heard = () => undefined;
  });

  afterEach(() => {
    for (const client of clients) client.close();
    closeSync(server.descriptor);
  });

  async function newClient(): Promise<Socket> {
    const client = createSocket(type);
    clients.push(client);
    client.connect(server.port, address);
    await once(client, 'connect');
    client.on('message', (answer) => {
      answers.push({ client, answer });
      heard();
    });
    return client;
  }

  async function untilAnswers(count: number): Promise<void> {
    while (answers.length < count)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
  }

  test('T3: all questions that wait are taken at once, and each asker learns its own address', async () => {
    const batch = new AnswerBatch(calls, family);
    for (let index = 0; index < 10; index += 1) await sent(await newClient(), encodeBindingRequest());
    expect(batch.serve(server.descriptor)).toBe(10);
    await untilAnswers(10);
    expect(new Set(answers.map(({ client }) => client)).size).toBe(10);
    for (const { client, answer } of answers)
      expect(mappedAddressOf(decodeStunMessage(answer))).toEqual({ family, address, port: client.address().port });
  });

  test('T3: what is no question is met with silence, and the questions around it are answered', async () => {
    const batch = new AnswerBatch(calls, family);
    const client = await newClient();
    const questions = [1, 2, 3].map(() => encodeBindingRequest());
    const wrongFingerprint = encodeBindingRequest();
    wrongFingerprint[27] = (wrongFingerprint[27] ?? 0) ^ 1;
    // Its first 2048 bytes are a well-formed request: what was cut off must not be taken for whole.
    const tooLong = new Uint8Array(2100);
    tooLong.set(encodeBindingRequest().subarray(0, 20));
    tooLong.set([0x07, 0xec, 0x21, 0x12, 0xa4, 0x42], 2);
    tooLong.set([0xff, 0x00, 0x07, 0xe8], 20);
    const bad = [new Uint8Array(), wrongFingerprint, tooLong, new Uint8Array(1500).fill(0xff)];
    for (const datagram of [...questions.slice(0, 1), ...bad, ...questions.slice(1)]) await sent(client, datagram);
    expect(batch.serve(server.descriptor)).toBe(7);
    await untilAnswers(3);
    // An answer to one of the bad ones would be here by now, too.
    await sent(client, questions[0] ?? new Uint8Array());
    batch.serve(server.descriptor);
    await untilAnswers(4);
    expect(answers.map(({ answer }) => answer.toString('hex', 8, 20))).toEqual(
      [0, 1, 2, 0].map((index) => Buffer.from(questions[index]?.subarray(8, 20) ?? []).toString('hex')),
    );
  });

  test('T3: more than one batch are answered in turn', async () => {
    const batch = new AnswerBatch(calls, family);
    const client = await newClient();
    for (let index = 0; index < BATCH + 5; index += 1) await sent(client, encodeBindingRequest());
    expect(batch.serve(server.descriptor)).toBe(BATCH);
    expect(batch.serve(server.descriptor)).toBe(5);
    await untilAnswers(BATCH + 5);
  });

  test('T3: an answer that cannot be delivered is lost alone', async () => {
    let isRefused = true;
    const batch = new AnswerBatch(
      {
        ...calls,
        send(descriptor, messages, count) {
          if (!isRefused) return calls.send(descriptor, messages, count);
          isRefused = false;
          return 0;
        },
      },
      family,
    );
    const client = await newClient();
    const questions = [1, 2, 3].map(() => encodeBindingRequest());
    for (const question of questions) await sent(client, question);
    batch.serve(server.descriptor);
    await untilAnswers(2);
    expect(answers.map(({ answer }) => answer.toString('hex', 8, 20))).toEqual(
      questions.slice(1).map((question) => Buffer.from(question.subarray(8, 20)).toString('hex')),
    );
  });
});

/** Fulfilled when the datagram waits at the server: on the loopback device it is there once it has been sent. */
function sent(client: Socket, datagram: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send(datagram, (error) => (error ? reject(error) : resolve()));
  });
}
