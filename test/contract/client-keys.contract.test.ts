/** What a client encapsulates for its gateways, and the preshared keys that it derives of it. */
import { once } from 'node:events';
import { type ClientConfiguration, clientToCloud, type KeyForGateway } from '@edgegateway/protocol/client-api';
import {
  type EncapsulationKeyPair,
  generateSeed,
  keyPairOf,
  openEncapsulated,
} from '@edgegateway/tunnel/key-encapsulation';
import { presharedKeyOf } from '@edgegateway/tunnel/preshared-key';
import type { WireguardInterface, WireguardPeer } from '@edgegateway/tunnel/wireguard-device';
import { ClientSession } from '@edgegateway/windows-client/core/client-session';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { ClientCloud, CONFIGURATION, REDEEM_REQUEST } from './client-cloud.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

let cloud: ClientCloud;
/** Fulfilled when the interface may be made. */
let free: Promise<void>;
let isClosed = false;
let isAsked = false;
let session: ClientSession;
let clientPublicKey = '';
const peers = new Map<string, WireguardPeer>();

const device: WireguardInterface = {
  name: 'rc1',
  listenPort: 9,
  setPeer: (peer) => Promise.resolve(void peers.set(peer.publicKey, peer)),
  removePeer: (publicKey) => Promise.resolve(void peers.delete(publicKey)),
  limitPackets: () => Promise.resolve(),
  nudgePeer: () => Promise.resolve(),
  readPeers: () => Promise.resolve([]),
  close: () => {
    isClosed = true;
    return Promise.resolve();
  },
};

interface TestGateway {
  readonly pair: EncapsulationKeyPair;
  readonly told: ClientConfiguration['gateways'][number];
}

function gateway(number: number): TestGateway {
  const pair = keyPairOf(generateSeed());
  const told = {
    registrationId: `gateway-${number}`,
    name: `Hall ${number}`,
    publicKey: Buffer.alloc(32, number).toString('base64'),
    encapsulationKey: pair.encapsulationKey,
    tunnelAddress: `100.64.1.${number}`,
    released: [{ address: `192.168.250.${number}` }],
    signallingSecret: Buffer.alloc(32, number).toString('base64'),
  };
  return { pair, told };
}

const configurationOf = (...gateways: readonly TestGateway[]): ClientConfiguration => ({
  ...CONFIGURATION,
  relays: [{ name: 'relay0.c-us', region: 'c-us', host: '127.0.0.20', port: 443 }],
  gateways: gateways.map(({ told }) => told),
});

/** As the gateway derives it of what the client has sent. */
function ofGateway({ pair, told }: TestGateway, keys: readonly KeyForGateway[]): string | null {
  const own = keys.find(({ registrationId }) => registrationId === told.registrationId);
  if (own?.encapsulationKey !== pair.encapsulationKey) return null;
  const secret = openEncapsulated(pair.decapsulationKey, own.encapsulatedKey);
  const parties = { sessionId: CONFIGURATION.session.id, clientPublicKey, gatewayPublicKey: told.publicKey };
  return presharedKeyOf(secret, parties);
}

/** A channel that the client has opened, and the keys that it sends there. */
async function nextChannel(): Promise<{ socket: WebSocket; sent: KeyForGateway[][] }> {
  const socket = await cloud.nextSocket();
  const sent: KeyForGateway[][] = [];
  socket.on('message', (data: Buffer) => {
    const message = clientToCloud.parse(JSON.parse(data.toString()));
    if (message.type === 'encapsulated-keys') sent.push(message.keys);
  });
  return { socket, sent };
}

const tell = (socket: WebSocket, configuration: ClientConfiguration) =>
  socket.send(JSON.stringify({ type: 'configuration', configuration }));
const peerOf = ({ told }: TestGateway) => peers.get(told.publicKey)?.presharedKey;

/** The interface is being made: the event channel may be open before. */
const untilAsked = () => vi.waitFor(() => expect(isAsked).toBe(true), PATIENCE);

async function open(...gateways: readonly TestGateway[]): ReturnType<typeof nextChannel> {
  cloud.answer = { status: 200, body: JSON.stringify(configurationOf(...gateways)) };
  const channel = nextChannel();
  await session.open();
  return channel;
}

beforeEach(async () => {
  cloud = await ClientCloud.start();
  peers.clear();
  free = Promise.resolve();
  isClosed = false;
  isAsked = false;
  session = new ClientSession({
    cloud: cloud.address,
    ticket: REDEEM_REQUEST.ticket,
    policy: 'relay-only',
    platform: {
      information: REDEEM_REQUEST.client,
      createInterface: async (keys) => {
        clientPublicKey = keys.publicKey;
        isAsked = true;
        await free;
        return device;
      },
      readWayOut: () => Promise.resolve({ routers: [], nameServers: [] }),
      readVirtualInterfaces: () => Promise.resolve([]),
      createNetworkMonitor: () => ({ start: () => undefined, close: () => undefined }),
    },
    log: () => undefined,
  });
});

afterEach(async () => {
  await session.close('the test is over');
  await cloud.close();
});

test('T1: every peer has from the beginning the preshared key that its gateway derives', async () => {
  const gateways = [gateway(1), gateway(2)] as const;
  const { sent } = await open(...gateways);
  await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
  for (const one of gateways) expect(peerOf(one)).toBe(ofGateway(one, sent[0] ?? []));
  expect(peerOf(gateways[0])).not.toBe(peerOf(gateways[1]));
});

test('C6, T1: a gateway that is added gets a key, the others keep theirs', async () => {
  const [first, added] = [gateway(1), gateway(2)];
  const { socket, sent } = await open(first);
  await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
  tell(socket, configurationOf(first, added));
  await vi.waitFor(() => expect(sent).toHaveLength(2), PATIENCE);
  expect(sent[1]?.[0]).toEqual(sent[0]?.[0]);
  await vi.waitFor(() => expect(peerOf(added)).toBe(ofGateway(added, sent[1] ?? [])), PATIENCE);
  expect(peerOf(first)).toBe(ofGateway(first, sent[0] ?? []));
});

test('T1, T5: a client that lost its channel hands in the same keys again', async () => {
  const { socket, sent } = await open(gateway(1));
  await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
  const next = nextChannel();
  socket.terminate();
  const again = await next;
  await vi.waitFor(() => expect(again.sent).toEqual(sent), PATIENCE);
});

test('T1: a gateway with another encapsulation key gets another preshared key', async () => {
  const [before, after] = [gateway(1), gateway(1)];
  const { socket, sent } = await open(before);
  await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
  const former = peerOf(before);
  tell(socket, configurationOf(after));
  await vi.waitFor(() => expect(sent).toHaveLength(2), PATIENCE);
  await vi.waitFor(() => expect(peerOf(after)).toBe(ofGateway(after, sent[1] ?? [])), PATIENCE);
  expect(peerOf(after)).not.toBe(former);
});

test('T1: a gateway that is added with a key that is none gets no peer, and the session goes on', async () => {
  const encapsulationKey = Buffer.alloc(1184, 0xff).toString('base64');
  const [first, added] = [gateway(1), gateway(2)];
  const broken = { ...added, told: { ...added.told, encapsulationKey } };
  const { socket, sent } = await open(first);
  await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
  const told = once(session, 'trouble');
  tell(socket, configurationOf(first, broken));
  expect(String(await told)).toContain('Hall 2');
  expect([...peers.keys()]).toEqual([first.told.publicKey]);
});

test('T1: the keys are handed in while the interface is made, and a change of that time counts', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  free = promise;
  const [first, added] = [gateway(1), gateway(2)];
  cloud.answer = { status: 200, body: JSON.stringify(configurationOf(first)) };
  const channel = nextChannel();
  const opened = session.open();
  const { socket, sent } = await channel;
  await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENCE);
  tell(socket, configurationOf(first, added));
  await vi.waitFor(() => expect(sent).toHaveLength(2), PATIENCE);
  expect(peers.size).toBe(0);
  resolve();
  await opened;
  for (const one of [first, added]) expect(peerOf(one)).toBe(ofGateway(one, sent[1] ?? []));
});

test('a session whose interface cannot be made leaves no channel', async () => {
  const { promise, reject } = Promise.withResolvers<void>();
  free = promise;
  cloud.answer = { status: 200, body: JSON.stringify(configurationOf(gateway(1))) };
  const channel = nextChannel();
  const opened = session.open();
  const { socket } = await channel;
  const closed = once(socket, 'close');
  await untilAsked();
  reject(new Error('no interface'));
  await expect(opened).rejects.toThrow('no interface');
  await closed;
});

test('a session that ends while the interface is made leaves none', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  free = promise;
  cloud.answer = { status: 200, body: JSON.stringify(configurationOf(gateway(1))) };
  const channel = nextChannel();
  const opened = session.open();
  const ended = once(session, 'ended');
  const { socket } = await channel;
  await untilAsked();
  socket.send(JSON.stringify({ type: 'ended', reason: 'Ended by Ada.' }));
  expect(await ended).toEqual(['Ended by Ada.']);
  resolve();
  await opened;
  expect(isClosed).toBe(true);
  expect(peers.size).toBe(0);
});
