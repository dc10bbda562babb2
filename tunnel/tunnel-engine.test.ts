import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeRelayFrame, encodeRelayFrame, type RelayFrame } from '@edgegateway/protocol/relay-frame';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { RelayPool } from './io/relay-pool.ts';
import { selfSignedCertificate, type TestCertificate, TestRelay } from './io/testing.ts';
import { generateWireguardKeyPair } from './keys.ts';
import { TunnelEngine } from './tunnel-engine.ts';
import type { TunnelPeer } from './tunnel-peer.ts';
import type { PeerCounters, WireguardInterface, WireguardPeer } from './wireguard-device.ts';

const SESSION = '7e0c1a3e-4f55-4c1e-9d0f-0a7c3a8a1b11';
const WAIT = { timeout: 20_000, interval: 10 };
const own = generateWireguardKeyPair();

/** WireGuard as the engine sees it: a UDP socket, peers and counters. */
class FakeDevice implements WireguardInterface {
  readonly name = 'rc0';
  readonly listenPort: number;
  readonly peers = new Map<string, WireguardPeer>();
  /** Public keys. */
  readonly removed: string[] = [];
  readonly delivered: Buffer[] = [];
  counters: PeerCounters[] = [];
  isBroken = false;
  isClosed = false;
  /** Fulfilled when a peer may be set. */
  free: Promise<void> = Promise.resolve();
  readonly #socket: Socket;

  static async create(): Promise<FakeDevice> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new FakeDevice(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.listenPort = socket.address().port;
    socket.on('message', (packet) => this.delivered.push(packet));
  }

  async setPeer(peer: WireguardPeer): Promise<void> {
    if (this.isBroken) throw new Error('no such device');
    await this.free;
    this.peers.set(peer.publicKey, peer);
  }

  removePeer(publicKey: string): Promise<void> {
    this.peers.delete(publicKey);
    this.removed.push(publicKey);
    return this.isBroken ? Promise.reject(new Error('no such device')) : Promise.resolve();
  }

  limitPackets(): Promise<void> {
    return Promise.resolve();
  }

  nudgePeer(): Promise<void> {
    return Promise.resolve();
  }

  readPeers(): Promise<PeerCounters[]> {
    return this.isBroken ? Promise.reject(new Error('no such device')) : Promise.resolve(this.counters);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** Sends as WireGuard would: from its own port to the peer's endpoint. */
  send(publicKey: string, ...packets: readonly Buffer[]): void {
    const endpoint = this.peers.get(publicKey)?.endpoint;
    for (const packet of packets) this.#socket.send(packet, endpoint?.port ?? 0, endpoint?.address);
  }

  end(): void {
    this.#socket.close();
  }
}

let certificate: TestCertificate;
let relay: TestRelay;
let device: FakeDevice;
let engine: TunnelEngine;

beforeAll(async () => {
  certificate = await selfSignedCertificate();
});

beforeEach(async () => {
  relay = await TestRelay.start(certificate);
  device = await FakeDevice.create();
  const { privateKey } = own;
  engine = new TunnelEngine({
    ...{ role: 'gateway', policy: 'relay-only', device },
    relays: new RelayPool({ privateKey, caPem: certificate.certPem, proxy: null, log: () => undefined }),
    monitor: { start: () => undefined, close: () => undefined },
    openTransport: () => Promise.reject(new Error('there is only the relay')),
    log: () => undefined,
  });
});

afterEach(async () => {
  await engine.close();
  await relay.close();
  device.end();
});

function newPeer(id = 'gateway'): TunnelPeer {
  const { publicKey } = generateWireguardKeyPair();
  return {
    ...{ id, sessionId: SESSION, publicKey, allowedAddresses: ['192.168.250.10'] },
    relayToken: 'token',
    presharedKey: randomBytes(32).toString('base64'),
    signallingSecret: randomBytes(32).toString('base64'),
  };
}

async function meet(peer: TunnelPeer): Promise<void> {
  await engine.configure({ relays: [relay.endpoint], stunServers: [], peers: [peer] });
  await vi.waitFor(() => expect(relay.tokens).toHaveLength(1), WAIT);
  relay.send({ type: 'opened', sessionId: SESSION, channels: [{ channel: 5, peer: peer.publicKey, present: true }] });
  await vi.waitFor(() => expect(engine.status()[0]?.relay).toBe('relay0'), WAIT);
}

/** What the relay was given to carry, without what the ends tell each other. */
function framesOfWireguard(): readonly RelayFrame[] {
  return relay.frames.map((frame) => decodeRelayFrame(frame)).filter(({ type }) => type === 'wireguard');
}

function carried(): readonly string[] {
  return framesOfWireguard().flatMap(({ packets }) => packets.map(String));
}

test('T1: the relays are dialled while the interface takes a peer, and the other end sees this one only after that', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  device.free = promise;
  const peer = newPeer();
  const configured = engine.configure({ relays: [relay.endpoint], stunServers: [], peers: [peer] });
  await vi.waitFor(() => expect(relay.proved).toBe(true), WAIT);
  await vi.waitFor(() => expect(relay.pings).toBe(1), WAIT);
  expect(relay.tokens).toEqual([]);
  resolve();
  await configured;
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token']), WAIT);
  relay.send({ type: 'opened', sessionId: SESSION, channels: [{ channel: 5, peer: peer.publicKey, present: true }] });
  await vi.waitFor(() => expect(engine.status()[0]?.relay).toBe('relay0'), WAIT);
  device.send(peer.publicKey, Buffer.from('hello'));
  await vi.waitFor(() => expect(carried()).toEqual(['hello']), WAIT);
});

test('T1: WireGuard sends a peer’s packets to loopback, and the peer has the addresses that it was given', async () => {
  const peer = newPeer();
  await engine.configure({ relays: [], stunServers: [], peers: [peer] });
  expect(device.peers.get(peer.publicKey)).toMatchObject({
    allowedAddresses: ['192.168.250.10'],
    endpoint: { address: '127.0.0.1' },
  });
});

test('G5: without a peer no relay is contacted', async () => {
  await engine.configure({ relays: [relay.endpoint], stunServers: [], peers: [] });
  await engine.configure({ relays: [relay.endpoint], stunServers: [], peers: [newPeer()] });
  await vi.waitFor(() => expect(relay.received.filter(({ type }) => type === 'hello')).toHaveLength(1), WAIT);
});

test('T4: packets of WireGuard reach the relay, those of the relay reach WireGuard', async () => {
  const peer = newPeer();
  await meet(peer);
  device.send(peer.publicKey, Buffer.from('one'), Buffer.from('two'));
  await vi.waitFor(() => expect(carried()).toEqual(['one', 'two']), WAIT);
  expect(framesOfWireguard()[0]).toMatchObject({ epoch: 0, channel: 5 });
  relay.send(
    encodeRelayFrame({ type: 'wireguard', epoch: 0, channel: 5, packets: [Buffer.from('a'), Buffer.from('b')] }),
  );
  await vi.waitFor(() => expect(device.delivered.map(String)).toEqual(['a', 'b']), WAIT);
});

test('a packet of another program than WireGuard is not carried', async () => {
  const peer = newPeer();
  await meet(peer);
  const stranger = createSocket('udp4');
  const port = device.peers.get(peer.publicKey)?.endpoint.port ?? 0;
  await new Promise((resolve) => stranger.send(Buffer.from('forged'), port, '127.0.0.1', resolve));
  stranger.close();
  device.send(peer.publicKey, Buffer.from('true'));
  await vi.waitFor(() => expect(carried()).toEqual(['true']), WAIT);
});

test('T2: a peer is connected when WireGuard has received, and its owner is told once', async () => {
  const peer = newPeer();
  const told: string[] = [];
  engine.on('connected', ({ id, path, relay: name }) => told.push(`${id} ${path} ${name}`));
  await meet(peer);
  expect(engine.status()[0]).toMatchObject({ state: 'connecting', path: null, connectedSince: null });
  device.counters = [
    { publicKey: peer.publicKey, endpoint: null, latestHandshakeAt: 1000, receivedBytes: 92, sentBytes: 148 },
  ];
  await vi.waitFor(() => expect(told).toEqual(['gateway relay relay0']), WAIT);
  expect(engine.status()[0]).toMatchObject({ state: 'connected', path: 'relay', receivedBytes: 92, sentBytes: 148 });
});

test('what is no longer configured is gone when the configuration is through, the rest is not touched', async () => {
  const [one, other] = [newPeer('one'), newPeer('other')];
  await engine.configure({ relays: [], stunServers: [], peers: [one, other] });
  const endpoint = device.peers.get(other.publicKey)?.endpoint;
  await engine.configure({ relays: [], stunServers: [], peers: [other] });
  expect([...device.peers.keys()]).toEqual([other.publicKey]);
  expect(device.peers.get(other.publicKey)?.endpoint).toEqual(endpoint);
});

test('C6: other addresses reach WireGuard with the same endpoint', async () => {
  const peer = newPeer();
  await engine.configure({ relays: [], stunServers: [], peers: [peer] });
  const endpoint = device.peers.get(peer.publicKey)?.endpoint;
  const allowedAddresses = ['192.168.250.10', '192.168.250.20'];
  await engine.configure({ relays: [], stunServers: [], peers: [{ ...peer, allowedAddresses }] });
  expect(device.peers.get(peer.publicKey)).toEqual({
    ...{ publicKey: peer.publicKey, presharedKey: peer.presharedKey },
    ...{ allowedAddresses, endpoint },
  });
});

test('T1: another preshared key makes another peer of it, so that the session under the former one ends at once', async () => {
  const [peer, other] = [newPeer('one'), newPeer('other')];
  await engine.configure({ relays: [], stunServers: [], peers: [peer, other] });
  const presharedKey = randomBytes(32).toString('base64');
  await engine.configure({ relays: [], stunServers: [], peers: [{ ...peer, presharedKey }, other] });
  expect(device.removed).toEqual([peer.publicKey]);
  expect(device.peers.get(peer.publicKey)?.presharedKey).toBe(presharedKey);
});

test('an interface that is gone is told once', async () => {
  const failures: Error[] = [];
  engine.on('failed', (error) => failures.push(error));
  await meet(newPeer());
  device.isBroken = true;
  await vi.waitFor(() => expect(failures.map(({ message }) => message)).toEqual(['no such device']), WAIT);
});

test('a peer that the interface refuses is told to the caller, and is not among the peers', async () => {
  device.isBroken = true;
  await expect(engine.configure({ relays: [], stunServers: [], peers: [newPeer()] })).rejects.toThrow('no such device');
  expect(engine.status()).toEqual([]);
});

test('closing takes peers and relay connections away, and leaves the interface to its owner', async () => {
  await meet(newPeer());
  await engine.close();
  await engine.close();
  expect(device.peers.size).toBe(0);
  expect(device.isClosed).toBe(false);
  expect(engine.status()).toEqual([]);
});
