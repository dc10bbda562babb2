import { once } from 'node:events';
import type { ClientGateway, CloudToClient } from '@edgegateway/protocol/client-api';
import { type ClientPlatform, ClientSession } from '@edgegateway/windows-client/core/client-session';
import { type CloudAddress, cloudAgent } from '@edgegateway/windows-client/core/cloud-address';
import { EventChannel } from '@edgegateway/windows-client/core/event-channel';
import { redeemTicket } from '@edgegateway/windows-client/core/redeem';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { ClientCloud, CONFIGURATION, EVENT_TOKEN, REDEEM_REQUEST } from './client-cloud.ts';

let cloud: ClientCloud;

beforeEach(async () => {
  cloud = await ClientCloud.start();
});

afterEach(() => cloud.close());

const redeem = (address: CloudAddress = cloud.address) =>
  redeemTicket(address, cloudAgent(address), REDEEM_REQUEST, new AbortController().signal);

function opened(channel: EventChannel): Promise<unknown> {
  const open = once(channel, 'open');
  channel.open();
  return open;
}

test('C9, W4: a ticket is redeemed for the configuration of its session', async () => {
  await expect(redeem()).resolves.toEqual(CONFIGURATION);
});

test('a cloud whose certificate no trusted authority has issued is not talked to', async () => {
  await expect(redeem({ ...cloud.address, caPem: null })).rejects.toMatchObject({ code: 'cloud-not-trusted' });
});

test("a refusal is told in the cloud's own sentence", async () => {
  cloud.answer = {
    status: 410,
    body: JSON.stringify({
      type: '/api/docs#ticket-used',
      title: 'The ticket was used already.',
      status: 403,
      detail: 'The ticket was used already.',
      code: 'ticket-used',
    }),
  };
  await expect(redeem()).rejects.toMatchObject({
    code: 'cloud-refused',
    message: expect.stringContaining('The ticket was used already.'),
  });
});

test.each(['', 'no JSON', '{}', JSON.stringify({ ...CONFIGURATION, gateways: [] })])(
  'an answer that is no configuration is refused: %s',
  async (body) => {
    cloud.answer = { status: 200, body };
    await expect(redeem()).rejects.toMatchObject({ code: 'cloud-answer-invalid' });
  },
);

test('a cloud that is not there is told as unreachable', async () => {
  const gone = cloud.address;
  await cloud.stop();
  await expect(redeem(gone)).rejects.toMatchObject({ code: 'cloud-unreachable' });
});

/** A session whose interface and way out are the test's. */
function sessionWith(platform: Partial<ClientPlatform>): ClientSession {
  return new ClientSession({
    cloud: cloud.address,
    ticket: REDEEM_REQUEST.ticket,
    policy: 'relay-only',
    platform: {
      information: REDEEM_REQUEST.client,
      createInterface: () => Promise.reject(new Error('no interface is to be made')),
      readWayOut: () => Promise.resolve({ routers: [], nameServers: [] }),
      readVirtualInterfaces: () => Promise.resolve([]),
      createNetworkMonitor: () => ({ start: () => undefined, close: () => undefined }),
      ...platform,
    },
    log: () => undefined,
  });
}

/** The first gateway with these addresses; the relay is one that needs no name server. */
function answerWith(gateway: Partial<ClientGateway>): void {
  const relays = CONFIGURATION.relays.map((relay) => ({ ...relay, host: '127.0.0.20' }));
  const gateways = CONFIGURATION.gateways.map((given) => ({ ...given, ...gateway }));
  cloud.answer = { status: 200, body: JSON.stringify({ ...CONFIGURATION, relays, gateways }) };
}

test.each([
  ['released', { released: [{ address: '192.168.1.1' }] }, '192.168.1.1'],
  [
    'mapped to',
    { released: [{ address: '192.168.250.10' }], translations: [{ address: '192.168.250.10', mapped: '100.64.0.9' }] },
    '100.64.0.9',
  ],
])(
  "K04: an address that is %s is refused at the start when it is this computer's router",
  async (_how, gateway, address) => {
    answerWith(gateway);
    const session = sessionWith({ readWayOut: () => Promise.resolve({ routers: [address], nameServers: [] }) });
    await expect(session.open()).rejects.toMatchObject({
      code: 'address-in-the-way',
      message: expect.stringContaining(`${address} is released, and is the address of this computer's router.`),
    });
    await session.close('the test is over');
  },
);

test('K04: a session ends, and says why, when the router of the next network has a released address', async () => {
  answerWith({ released: [{ address: '192.168.1.1' }] });
  let routers = ['10.0.0.1'];
  const { promise: started, resolve: startedWith } = Promise.withResolvers<() => void>();
  const session = sessionWith({
    readWayOut: () => Promise.resolve({ routers, nameServers: [] }),
    createInterface: () =>
      Promise.resolve({
        ...{ name: 'rc1', listenPort: 51_820, readPeers: () => Promise.resolve([]) },
        ...{
          setPeer: () => Promise.resolve(),
          removePeer: () => Promise.resolve(),
          nudgePeer: () => Promise.resolve(),
          limitPackets: () => Promise.resolve(),
        },
        close: () => Promise.resolve(),
      }),
    createNetworkMonitor: () => ({
      start: startedWith,
      close: () => undefined,
    }),
  });
  await session.open();
  const ended = once(session, 'ended');
  routers = ['192.168.1.1'];
  (await started)();
  const [reason] = await ended;
  expect(reason).toMatch(/^The network around this computer has changed\. 192\.168\.1\.1 is released, .*router/);
});

test("T5: a released address that is the cloud's own is refused before anything is made on this computer", async () => {
  answerWith({ released: [{ address: '127.0.0.1' }] });
  const made: string[] = [];
  const session = sessionWith({
    createInterface: (_keys, address) => {
      made.push(address);
      return Promise.reject(new Error('no interface is to be made'));
    },
  });
  await expect(session.open()).rejects.toMatchObject({
    code: 'address-in-the-way',
    message: expect.stringContaining('127.0.0.1 is released, and is the address of the cloud.'),
  });
  expect(made).toEqual([]);
  await session.close('the test is over');
});

test('T1: the event channel takes over the connection of the ticket, before the interface is made', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: free, resolve: letGo } = Promise.withResolvers<void>();
  answerWith({});
  const session = sessionWith({
    async createInterface() {
      ask();
      await free;
      throw new Error('no interface is to be made');
    },
  });
  const arriving = cloud.nextSocket();
  const opening = session.open();
  const socket = await arriving;
  const [keys] = await once(socket, 'message');
  expect(JSON.parse(String(keys))).toMatchObject({
    type: 'encapsulated-keys',
    keys: CONFIGURATION.gateways.map(({ registrationId }) => ({ registrationId })),
  });
  expect(cloud.connections).toBe(1);
  await asked;
  letGo();
  await expect(opening).rejects.toThrow('no interface is to be made');
});

test('C9: a session that the computer refuses is left, so that its gateways do not wait for it', async () => {
  answerWith({ released: [{ address: '192.168.1.1' }] });
  const arriving = cloud.nextSocket();
  let reads = 0;
  const session = sessionWith({
    async readWayOut() {
      reads += 1;
      if (reads === 1) return { routers: [], nameServers: [] };
      await until('the keys have gone to the cloud', () => messages.length > 0);
      return { routers: ['192.168.1.1'], nameServers: [] };
    },
  });
  const messages: unknown[] = [];
  const opening = session.open();
  const socket = await arriving;
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  await expect(opening).rejects.toMatchObject({ code: 'address-in-the-way' });
  await until('the session is left', () => messages.length > 1);
  expect(messages.at(-1)).toEqual({ type: 'leave' });
});

test('the event channel takes the messages of the contract and comes back after a loss', async () => {
  const channel = new EventChannel(cloud.address, cloudAgent(cloud.address), EVENT_TOKEN);
  try {
    const arriving = cloud.nextSocket();
    await opened(channel);
    const socket = await arriving;
    const message: CloudToClient = { type: 'configuration', configuration: CONFIGURATION };
    const received = once(channel, 'message');
    socket.send(JSON.stringify(message));
    expect(await received).toEqual([message]);
    const again = once(channel, 'open');
    socket.terminate();
    await again;
    expect(channel.send({ type: 'leave' })).toBe(true);
  } finally {
    channel.close();
  }
});

test('a message that is not of the contract ends the connection and reaches nobody', async () => {
  const channel = new EventChannel(cloud.address, cloudAgent(cloud.address), EVENT_TOKEN);
  try {
    const arriving = cloud.nextSocket();
    await opened(channel);
    const socket = await arriving;
    const messages: CloudToClient[] = [];
    channel.on('message', (message) => messages.push(message));
    const closed = once(socket, 'close');
    socket.send('{"type":"obey"}');
    const [code] = await closed;
    expect(code).toBe(1008);
    expect(messages).toEqual([]);
  } finally {
    channel.close();
  }
});

test('a token that is no longer valid means that the session is over', async () => {
  const channel = new EventChannel(cloud.address, cloudAgent(cloud.address), 'another token');
  const rejected = once(channel, 'rejected');
  channel.open();
  await rejected;
  expect(channel.send({ type: 'leave' })).toBe(false);
});
