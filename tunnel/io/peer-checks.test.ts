import { encodeCheckResponse } from '@edgegateway/protocol/stun/connectivity-check';
import { beforeEach, expect, test } from 'vitest';
import { PACKET_BYTES, PADDED_CHECK_BYTES } from '../path/path-size.ts';
import { PeerChecks } from './peer-checks.ts';

const CLIENT = { address: '192.0.2.1', port: 1111 };
const GATEWAY = { address: '203.0.113.1', port: 2222 };
const PAIR = { base: 'IPv4', remote: GATEWAY };
const STRANGER = { address: '198.51.100.66', port: 6666 };

let sent: { remote: { address: string; port: number }; datagram: Uint8Array }[];
let client: PeerChecks;
let gateway: PeerChecks;

function next(): Uint8Array {
  const datagram = sent.shift()?.datagram;
  if (datagram === undefined) throw new Error('nothing was sent');
  return datagram;
}

beforeEach(() => {
  sent = [];
  const send = (_base: string, remote: { address: string; port: number }, datagram: Uint8Array) =>
    sent.push({ remote, datagram });
  client = new PeerChecks('client', send);
  gateway = new PeerChecks('gateway', send);
  client.setRemote(gateway.local);
});

test('T2: a check is answered to where it came from, and the answer tells the round trip', () => {
  client.check({ base: 'IPv4', remote: GATEWAY }, 9, 1200, 1000);
  expect(gateway.take(next(), '203.0.113.1', CLIENT, 1010)).toEqual({
    ...{ type: 'check-received', pair: { base: '203.0.113.1', remote: CLIENT }, nominates: 9 },
    packetBytes: 1200,
  });
  expect(sent[0]?.remote).toEqual(CLIENT);
  expect(client.take(next(), 'IPv4', GATEWAY, 1025)).toEqual({
    ...{ type: 'check-answered', pair: { base: 'IPv4', remote: GATEWAY }, roundTripMs: 25 },
  });
});

test('K02: a padded check and its answer are as large as the largest packet of WireGuard', () => {
  client.paddedCheck(PAIR, 1200, 1000);
  const question = next();
  expect(question).toHaveLength(PADDED_CHECK_BYTES);
  expect(gateway.take(question, '203.0.113.1', CLIENT, 1010)).toMatchObject({ nominates: null, packetBytes: 1200 });
  const answer = next();
  expect(answer).toHaveLength(PADDED_CHECK_BYTES);
  expect(client.take(answer, 'IPv4', GATEWAY, 1025)).toEqual({ type: 'padded-check-answered', pair: PAIR });
});

test('K02: a short answer to a padded check, as of an end that knows no padding, says nothing of large packets', () => {
  client.paddedCheck(PAIR, 1200, 1000);
  const source = { family: 'IPv4', ...CLIENT } as const;
  const transactionId = next().subarray(8, 20);
  const answer = encodeCheckResponse(transactionId, source, gateway.local.password, null);
  expect(client.take(answer, 'IPv4', GATEWAY, 1025)).toBeNull();
});

test('K02: an end whose checks do not say how large its packets are sends full ones', () => {
  client.check(PAIR, null, null, 1000);
  expect(gateway.take(next(), '203.0.113.1', CLIENT, 1010)).toMatchObject({ packetBytes: PACKET_BYTES.full });
});

test('an answer that comes from elsewhere, or a second time, proves nothing', () => {
  client.check({ base: 'IPv4', remote: GATEWAY }, null, 1280, 1000);
  gateway.take(next(), '203.0.113.1', CLIENT, 1010);
  const answer = next();
  expect(client.take(answer, 'IPv4', STRANGER, 1020)).toBeNull();
  expect(client.take(answer, 'IPv4', GATEWAY, 1020)).not.toBeNull();
  expect(client.take(answer, 'IPv4', GATEWAY, 1021)).toBeNull();
});

test('the check of somebody who does not know the password is met with silence', () => {
  const stranger = new PeerChecks('client', (_base, remote, datagram) => sent.push({ remote, datagram }));
  stranger.setRemote({ fragment: gateway.local.fragment, password: 'guessed, and guessed wrongly' });
  stranger.check({ base: 'IPv4', remote: GATEWAY }, 1, 1280, 1000);
  expect(gateway.take(next(), '203.0.113.1', STRANGER, 1010)).toBeNull();
  expect(sent).toEqual([]);
});

test('without the credentials of the other end nothing is sent', () => {
  gateway.check({ base: '203.0.113.1', remote: CLIENT }, null, null, 1000);
  expect(sent).toEqual([]);
});
