import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encodeBindingRequest, mappedAddressOf } from '@edgegateway/protocol/stun/binding';
import { decodeStunMessage } from '@edgegateway/protocol/stun/message';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StunServer } from './stun-server.ts';

let server: StunServer;
let client: Socket;
let answers: Buffer[];
let answered: () => void;

beforeEach(async () => {
  server = StunServer.start({ name: 'stun0', address: '127.0.0.1', port: 0 });
  client = createSocket('udp4');
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  answers = [];
  answered = () => undefined;
  client.on('message', (answer) => {
    answers.push(answer);
    answered();
  });
});

afterEach(async () => {
  client.close();
  await server.stop();
});

const send = (datagram: Uint8Array) => client.send(datagram, server.port, '127.0.0.1');

async function nextAnswer(): Promise<Buffer> {
  for (;;) {
    const answer = answers.shift();
    if (answer !== undefined) return answer;
    await new Promise<void>((resolve) => {
      answered = resolve;
    });
  }
}

test('T3: an end learns the address and port it is seen as', async () => {
  const request = encodeBindingRequest();
  send(request);
  const answer = decodeStunMessage(await nextAnswer());
  expect(Buffer.from(answer.transactionId)).toEqual(Buffer.from(request.subarray(8, 20)));
  expect(mappedAddressOf(answer)).toEqual({ family: 'IPv4', address: '127.0.0.1', port: client.address().port });
});

test('T3: an attribute that must be understood and is not gets 420, with its type', async () => {
  const request = Buffer.alloc(24);
  request.writeUInt16BE(0x0001, 0);
  request.writeUInt16BE(4, 2);
  request.writeUInt32BE(0x2112a442, 4);
  request.writeUInt16BE(0x7f00, 20);
  send(request);
  const answer = decodeStunMessage(await nextAnswer());
  expect(answer.class).toBe('error');
  expect(answer.attributes).toMatchObject([
    { kind: 'error-code', code: 420 },
    { kind: 'unknown-attributes', types: [0x7f00] },
  ]);
});

test('T3: an answer is never answered, so that two servers cannot be set on each other', async () => {
  send(encodeBindingRequest());
  const answer = await nextAnswer();
  send(answer);
  const request = encodeBindingRequest();
  send(request);
  expect((await nextAnswer()).subarray(8, 20)).toEqual(Buffer.from(request.subarray(8, 20)));
});

test('T3: garbage is met with silence, and the next question is answered', async () => {
  const mutated = fc
    .tuple(fc.nat(27), fc.integer({ min: 1, max: 255 }))
    // The transaction id may be anything, and another type of attribute is a good question with another answer.
    .filter(([at]) => at < 8 || at >= 22)
    .map(([at, by]) => {
      const request = encodeBindingRequest();
      request[at] = (request[at] ?? 0) ^ by;
      return request;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 1500 }), mutated), async (garbage) => {
      send(garbage);
      const request = encodeBindingRequest();
      send(request);
      expect((await nextAnswer()).subarray(8, 20)).toEqual(Buffer.from(request.subarray(8, 20)));
    }),
    { numRuns: 300 },
  );
});

/** A Binding message with these attributes, as they stand. */
function message(type: string, attributes: string): Buffer {
  const length = (attributes.length / 2).toString(16).padStart(4, '0');
  return Buffer.from(`${type}${length}2112a442${'07'.repeat(12)}${attributes}`, 'hex');
}

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['two bytes, as a port check sends them', Buffer.from('0001', 'hex')],
  ['a request with an ERROR-CODE of length 0', message('0001', '00090000')],
  ['an error with an ERROR-CODE of length 0', message('0111', '00090000')],
  ['a success with an address of length 0', message('0101', '00200000')],
  ['a request with a MESSAGE-INTEGRITY of length 0', message('0001', '00080000')],
  ['an attribute longer than the rest', message('0001', '00060008aabbccdd')],
  ['an attribute of 65535 bytes', message('0001', '0006ffff')],
  ['an optional attribute longer than the rest', message('0001', '8022fffc')],
  ['half the header of an attribute', message('0001', '0006')],
  ['a FINGERPRINT of length 0', message('0001', '80280000')],
])('K10: %s is met with silence, and the very next question is answered', async (_what, datagram) => {
  for (let times = 0; times < 3; times += 1) send(datagram);
  const request = encodeBindingRequest();
  send(request);
  expect((await nextAnswer()).subarray(8, 20)).toEqual(Buffer.from(request.subarray(8, 20)));
});

test('K10: every beginning of a question is met with silence, and the whole of it answered', async () => {
  const request = encodeBindingRequest();
  for (let length = 0; length < request.length; length += 1) send(request.subarray(0, length));
  send(request);
  expect((await nextAnswer()).subarray(8, 20)).toEqual(Buffer.from(request.subarray(8, 20)));
  expect(answers).toEqual([]);
});

test('T3: an IPv6 server tells an IPv6 address', async () => {
  const server6 = StunServer.start({ name: 'stun1', address: '::1', port: 0 });
  const client6 = createSocket('udp6');
  try {
    client6.connect(server6.port, '::1');
    await once(client6, 'connect');
    const answer = new Promise<Buffer>((resolve) => client6.once('message', resolve));
    client6.send(encodeBindingRequest());
    const { port } = client6.address();
    expect(mappedAddressOf(decodeStunMessage(await answer))).toEqual({ family: 'IPv6', address: '::1', port });
  } finally {
    client6.close();
    await server6.stop();
  }
});

test('T3: an occupied port is told with what to do', () => {
  expect(() => StunServer.start({ name: 'stun1', address: '127.0.0.1', port: server.port })).toThrow(
    /The STUN server stun1 cannot listen on 127\.0\.0\.1 port \d+ \(EADDRINUSE\)/,
  );
});

test('T3: the port of a server that has stopped is free', async () => {
  const first = StunServer.start({ name: 'stun1', address: '127.0.0.1', port: 0 });
  await first.stop();
  const second = StunServer.start({ name: 'stun1', address: '127.0.0.1', port: first.port });
  expect(second.port).toBe(first.port);
  await second.stop();
});

test('T3: a server that has ended may be stopped again', async () => {
  await server.stop();
  await expect(server.ended).resolves.toBeUndefined();
});
