import { decodeRelayFrame, encodeRelayFrame, type RelayFrame } from '@edgegateway/protocol/relay-frame';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { generateWireguardKeyPair } from '../keys.ts';
import { HostAddresses } from './host-addresses.ts';
import { RelayConnection } from './relay-connection.ts';
import { relayIdentity } from './relay-proof.ts';
import { selfSignedCertificate, type TestCertificate, TestRelay } from './testing.ts';

const SESSION = '7e0c1a3e-4f55-4c1e-9d0f-0a7c3a8a1b11';
const OTHER_SESSION = '7e0c1a3e-4f55-4c1e-9d0f-0a7c3a8a1b12';
const own = generateWireguardKeyPair();
const peer = generateWireguardKeyPair().publicKey;
const WAIT = { timeout: 20_000, interval: 10 };

let certificate: TestCertificate;
let relay: TestRelay;
let connection: RelayConnection | null = null;
let frames: [string, RelayFrame][] = [];
let logged: string[] = [];

beforeAll(async () => {
  certificate = await selfSignedCertificate();
});

beforeEach(async () => {
  [frames, logged] = [[], []];
  relay = await TestRelay.start(certificate);
});

afterEach(async () => {
  connection?.close();
  await relay.close();
});

function connect(tokens: Record<string, string>, caPem: string | null = certificate.certPem): RelayConnection {
  connection = new RelayConnection(
    {
      relay: relay.endpoint,
      identity: relayIdentity(own.privateKey),
      caPem,
      addresses: new HostAddresses(),
      onRoundTrip: () => undefined,
      log: (_level, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
      onChange: () => undefined,
      onPackets: (from, frame) => frames.push([from, frame]),
    },
    new Map(Object.entries(tokens)),
  );
  return connection;
}

async function openSession(channel = 3): Promise<RelayConnection> {
  const opened = connect({ [SESSION]: 'token' });
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token']), WAIT);
  relay.send({ type: 'opened', sessionId: SESSION, channels: [{ channel, peer, present: true }] });
  await vi.waitFor(() => expect(opened.peer(peer)).toBe('present'), WAIT);
  return opened;
}

test('T4: an end proves its key, then opens its sessions', async () => {
  await openSession();
  expect(relay.proved).toBe(true);
  expect(relay.received.map(({ type }) => type)).toEqual(['hello', 'proof', 'open']);
});

test('T4: packets for a peer leave in one message on its channel, with the epoch', async () => {
  const opened = await openSession(9);
  expect(opened.sendPackets(peer, 7, [Uint8Array.of(1), Uint8Array.of(2, 3)])).toBe(true);
  await vi.waitFor(() => expect(relay.frames).toHaveLength(1), WAIT);
  const expected = { type: 'wireguard', epoch: 7, channel: 9, packets: [Buffer.of(1), Buffer.of(2, 3)] };
  expect(decodeRelayFrame(relay.frames[0] ?? Buffer.of())).toEqual(expected);
});

test('packets of a peer arrive under its key, those of an unknown channel nowhere', async () => {
  await openSession(3);
  for (const channel of [4, 3])
    relay.send(encodeRelayFrame({ type: 'wireguard', epoch: 1, channel, packets: [Uint8Array.of(channel)] }));
  await vi.waitFor(() => expect(frames).toHaveLength(1), WAIT);
  expect(frames[0]?.[0]).toBe(peer);
  expect(frames[0]?.[1].channel).toBe(3);
});

test('P5: a relay whose certificate is of another authority hears nothing from an end', async () => {
  const other = await selfSignedCertificate();
  connect({ [SESSION]: 'token' }, other.certPem);
  await vi.waitFor(() => expect(logged.join()).toContain('certificate'), WAIT);
  expect(relay.received).toEqual([]);
});

test('P5: without an authority given, only the system’s are trusted', async () => {
  connect({ [SESSION]: 'token' }, null);
  await vi.waitFor(() => expect(logged.join()).toContain('certificate'), WAIT);
  expect(relay.received).toEqual([]);
});

test('T5: a broken connection comes back by itself and opens all sessions again', async () => {
  const opened = await openSession();
  relay.breakConnection();
  await vi.waitFor(() => expect(opened.peer(peer)).toBe('absent'), WAIT);
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token', 'token']), WAIT);
});

test('T5: when the address of a connection is gone it is dialled again at once', async () => {
  const opened = await openSession();
  opened.networkChanged(new Set(['192.0.2.1']));
  expect(opened.peer(peer)).toBe('absent');
  expect(opened.roundTripMs).toBeNull();
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token', 'token']), WAIT);
  expect(logged.join()).not.toContain('retryMs');
});

test('T5: when the network changes, a connection that still answers stays', async () => {
  const opened = await openSession();
  await vi.waitFor(() => expect(opened.roundTripMs).not.toBeNull(), WAIT);
  opened.networkChanged(new Set(['127.0.0.1']));
  expect(opened.roundTripMs).toBeNull();
  await vi.waitFor(() => expect(opened.roundTripMs).not.toBeNull(), WAIT);
  expect(opened.peer(peer)).toBe('present');
  expect(relay.tokens).toEqual(['token']);
});

test('T5: when the network changes, a connection that has fallen silent is dialled again', async () => {
  const opened = await openSession();
  relay.fallSilent();
  opened.networkChanged(new Set(['127.0.0.1']));
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token', 'token']), WAIT);
  expect(logged.join()).not.toContain('retryMs');
});

test('T5: a connection that has to show that it lives, and is silent, is dialled again, however often it is asked', async () => {
  const opened = await openSession();
  relay.fallSilent();
  const asking = setInterval(() => opened.prove(), 50);
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token', 'token']), WAIT).finally(() => clearInterval(asking));
  expect(logged.join()).not.toContain('retryMs');
});

test('T5: a connection that shows that it lives stays', async () => {
  const opened = await openSession();
  const before = relay.pings;
  for (let asked = 1; asked <= 3; asked += 1) {
    opened.prove();
    await vi.waitFor(() => expect(relay.pings).toBeGreaterThanOrEqual(before + asked), WAIT);
    await vi.waitFor(() => expect(opened.roundTripMs).not.toBeNull(), WAIT);
  }
  expect(relay.received.filter(({ type }) => type === 'hello')).toHaveLength(1);
});

test('T5: when the network changes, whoever waits for the next attempt waits no longer', async () => {
  const opened = await openSession();
  relay.breakConnection();
  await vi.waitFor(() => expect(logged.join()).toContain('retryMs'), WAIT);
  opened.networkChanged(new Set(['127.0.0.1']));
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token', 'token']), WAIT);
});

test('a network change does not open what has been closed', async () => {
  const opened = await openSession();
  opened.close();
  opened.networkChanged(new Set());
  await vi.waitFor(() => expect(relay.connections).toBe(0), WAIT);
});

test('C6: new and changed tokens are opened, sessions that are gone are closed, the others left alone', async () => {
  const opened = await openSession();
  opened.setTokens(new Map([[SESSION, 'token']]));
  opened.setTokens(
    new Map([
      [SESSION, 'later'],
      [OTHER_SESSION, 'other'],
    ]),
  );
  opened.setTokens(new Map([[OTHER_SESSION, 'other']]));
  await vi.waitFor(() => expect(relay.received.at(-1)).toEqual({ type: 'close', sessionId: SESSION }), WAIT);
  expect(relay.tokens).toEqual(['token', 'later', 'other']);
  expect(opened.peer(peer)).toBe('absent');
});

test('a peer that goes is absent; at a relay that is about to stop it is leaving', async () => {
  const opened = await openSession(3);
  relay.send({ type: 'draining' });
  await vi.waitFor(() => expect(opened.peer(peer)).toBe('leaving'), WAIT);
  relay.send({ type: 'presence', channel: 3, present: false });
  await vi.waitFor(() => expect(opened.peer(peer)).toBe('absent'), WAIT);
});

test('a refused session is told, without its token', async () => {
  connect({ [SESSION]: 'the-token' });
  await vi.waitFor(() => expect(relay.tokens).toHaveLength(1), WAIT);
  relay.send({ type: 'refused', sessionId: SESSION, code: 'token-invalid', message: 'The token is not one.' });
  await vi.waitFor(() => expect(logged.join()).toContain('token-invalid'), WAIT);
  expect(logged.join()).not.toContain('the-token');
});

test.each([
  ['no JSON', 'nonsense'],
  ['a message that nobody knows', '{"type":"become-root"}'],
  ['a frame that is none', Uint8Array.of(9, 9, 9)],
])('a relay that sends %s is broken off', async (_, message) => {
  await openSession();
  relay.send(message);
  await vi.waitFor(() => expect(logged.join()).toContain('not understood'), WAIT);
});

test('a closed connection does not come back, and takes no packets', async () => {
  const opened = await openSession();
  opened.close();
  opened.close();
  expect(opened.sendPackets(peer, 0, [Uint8Array.of(1)])).toBe(false);
  expect(opened.peer(peer)).toBe('absent');
  relay.breakConnection();
  const fresh = connect({ [SESSION]: 'second' });
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token', 'second']), WAIT);
  fresh.close();
});
