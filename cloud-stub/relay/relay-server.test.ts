import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { decodeRelayFrame } from '@edgegateway/protocol/relay-frame';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { publicJwk } from '../pki/relay-token-key.ts';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '../pki/x509.ts';
import { RELAY_LIMITS, type RelayLimits } from './limits.ts';
import { RelayServer, type RelayServerOptions } from './relay-server.ts';
import { proofOf, signToken, TestEnd, type TestKey, testKey } from './testing.ts';
import { createTokenCheck } from './token-check.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

const HOST = '127.0.0.1';
const signer = generateKeyPairSync('ed25519').privateKey;
const session = randomUUID();

let authority: KeyedCertificate;
let certificate: KeyedCertificate;
let server: RelayServer;
let url: string;
let clock: number;
const ends: TestEnd[] = [];

beforeAll(async () => {
  authority = await createAuthority(new Date());
  certificate = await issueHostCertificate(authority, HOST, new Date());
});

async function newRelay(options: Partial<RelayServerOptions>): Promise<RelayServer> {
  return new RelayServer({
    name: 'relay0',
    address: HOST,
    port: 0,
    certPem: certificate.certificatePem,
    keyPem: certificate.keyPem,
    checkToken: await createTokenCheck(JSON.stringify(publicJwk(signer))),
    log: pino({ level: 'silent' }),
    metrics: { address: HOST, port: 0 },
    now: () => clock,
    ...options,
  });
}

async function startRelay(limits: Partial<RelayLimits> = {}): Promise<void> {
  clock = Date.now();
  server = await newRelay({ limits: { draining: 0, ...limits } });
  url = `wss://${HOST}:${await server.start()}/relay`;
}

beforeEach(() => startRelay());

afterEach(async () => {
  for (const end of ends.splice(0)) end.socket.terminate();
  await server.stop();
});

function connect(): TestEnd {
  const end = new TestEnd(url, authority.certificatePem);
  ends.push(end);
  return end;
}

const tokenFor = (key: TestKey, peers: readonly TestKey[], sid = session, lifetime?: number) =>
  signToken(signer, { sub: key.publicKey, peers: peers.map(({ publicKey }) => publicKey), sid }, lifetime);

/** Two ends that have met, with their channels. */
async function pair(gatewayKey = testKey(), clientKey = testKey()) {
  const gateway = await connect().authenticate(gatewayKey);
  const client = await connect().authenticate(clientKey);
  const [gatewayChannel] = (await gateway.openSession(await tokenFor(gatewayKey, [clientKey]))).channels;
  const [clientChannel] = (await client.openSession(await tokenFor(clientKey, [gatewayKey]))).channels;
  await gateway.next('presence');
  if (gatewayChannel === undefined || clientChannel === undefined) throw new Error('a channel is missing');
  return {
    gateway: { end: gateway, key: gatewayKey, channel: gatewayChannel.channel },
    client: { end: client, key: clientKey, channel: clientChannel.channel },
  };
}

async function metric(name: string): Promise<string | undefined> {
  const response = await fetch(`http://${HOST}:${server.metricsPort}/metrics`);
  const line = (await response.text()).split('\n').find((text) => text.startsWith(`remoteconnect_relay_${name} `));
  return line?.split(' ')[1];
}

const textOf = (frame: Buffer) => decodeRelayFrame(frame).packets.map((packet) => Buffer.from(packet).toString());

test('T4: packets pass between gateway and client, in both directions, unchanged but for the channel', async () => {
  const { gateway, client } = await pair();
  client.end.sendFrame(client.channel, 'from the client');
  const atGateway = await gateway.end.frame();
  expect(decodeRelayFrame(atGateway)).toMatchObject({ type: 'wireguard', epoch: 7, channel: gateway.channel });
  expect(textOf(atGateway)).toEqual(['from the client']);
  gateway.end.sendFrame(gateway.channel, 'from the gateway', 'signal');
  expect(textOf(await client.end.frame())).toEqual(['from the gateway']);
});

test.each([119, 120, 65_529, 65_530])('T4: a packet of %i bytes passes whole, and so does the next', async (size) => {
  const { gateway, client } = await pair();
  const text = 'x'.repeat(size);
  client.end.sendFrame(client.channel, text);
  client.end.sendFrame(client.channel, 'next');
  expect(textOf(await gateway.end.frame())).toEqual([text]);
  expect(textOf(await gateway.end.frame())).toEqual(['next']);
});

test('A2, T4: packets reach only the peer both tokens name', async () => {
  const { gateway, client } = await pair();
  const stranger = testKey();
  const strangersEnd = await connect().authenticate(stranger);
  const opened = await strangersEnd.openSession(await tokenFor(stranger, [gateway.key]));
  expect(opened.channels).toMatchObject([{ peer: gateway.key.publicKey, present: false }]);
  for (const channel of [0, 1, client.channel, gateway.channel, 65_535]) strangersEnd.sendFrame(channel, 'intruder');
  // The relay handles a connection's messages in order: once this is answered, the frames have been handled.
  await strangersEnd.openSession(await tokenFor(stranger, [client.key], randomUUID()));
  client.end.sendFrame(client.channel, 'the first that arrives');
  expect(textOf(await gateway.end.frame())).toEqual(['the first that arrives']);
});

test('T4: a relay token of another session is refused', async () => {
  const gateway = testKey();
  const client = testKey();
  const gatewayEnd = await connect().authenticate(gateway);
  const clientEnd = await connect().authenticate(client);
  await gatewayEnd.openSession(await tokenFor(gateway, [client]));
  const opened = await clientEnd.openSession(await tokenFor(client, [gateway], randomUUID()));
  expect(opened.channels).toMatchObject([{ present: false }]);
});

test('T4: a token of another key is refused, and the connection stays', async () => {
  const [key, other] = [testKey(), testKey()];
  const end = await connect().authenticate(key);
  end.send({ type: 'open', token: await tokenFor(other, [key]) });
  expect(await end.next('refused')).toMatchObject({ code: 'token-of-another-key', sessionId: session });
  expect((await end.openSession(await tokenFor(key, [other]))).sessionId).toBe(session);
});

test('T4: a token signed by anyone but the cloud is refused', async () => {
  const [key, peer] = [testKey(), testKey()];
  const end = await connect().authenticate(key);
  const forged = await signToken(generateKeyPairSync('ed25519').privateKey, {
    sub: key.publicKey,
    peers: [peer.publicKey],
    sid: session,
  });
  for (const token of [forged, 'no token', 'a.b.c']) {
    end.send({ type: 'open', token });
    expect(await end.next('refused')).toMatchObject({ code: 'token-invalid' });
  }
});

test('T4: an expired token is refused', async () => {
  const [key, peer] = [testKey(), testKey()];
  const end = await connect().authenticate(key);
  end.send({ type: 'open', token: await tokenFor(key, [peer], session, -1) });
  expect(await end.next('refused')).toMatchObject({ code: 'token-expired' });
});

test('T4: when a token expires, its channels close and both ends are told', async () => {
  const { gateway, client } = await pair();
  clock += 3601 * 1000;
  expect(await gateway.end.next('refused')).toMatchObject({ code: 'token-expired', sessionId: session });
  expect(await client.end.next('refused')).toMatchObject({ code: 'token-expired', sessionId: session });
});

test('T1, T4: a key without proof is refused', async () => {
  const [key, thief] = [testKey(), testKey()];
  const end = await connect().opened();
  end.send({ type: 'hello', publicKey: key.publicKey });
  const challenge = await end.next('challenge');
  end.send({ type: 'proof', mac: proofOf({ ...key, privateKey: thief.privateKey }, challenge) });
  expect(await end.closed).toBe(4401);
});

test('T1, T4: a key of low order, whose secret anyone can compute, is refused', async () => {
  const end = await connect().opened();
  end.send({ type: 'hello', publicKey: Buffer.alloc(32).toString('base64') });
  await end.next('challenge');
  end.send({ type: 'proof', mac: Buffer.alloc(32).toString('base64') });
  expect(await end.closed).toBe(4401);
});

test('T4: packets and tokens before the proof close the connection', async () => {
  const first = await connect().opened();
  first.sendFrame(0, 'too early');
  expect(await first.closed).toBe(4401);
  const second = await connect().opened();
  second.send({ type: 'open', token: 'x' });
  expect(await second.closed).toBe(4401);
});

test('T4: an end that proves nothing in time is closed', async () => {
  await server.stop();
  await startRelay({ authentication: 1 });
  expect(await connect().closed).toBe(4401);
});

test('T5: a newer connection of the same key replaces the older', async () => {
  const { gateway, client } = await pair();
  const roamed = await connect().authenticate(client.key);
  expect(await client.end.closed).toBe(4409);
  expect(await gateway.end.next('presence')).toMatchObject({ present: false });
  const [channel] = (await roamed.openSession(await tokenFor(client.key, [gateway.key]))).channels;
  expect(channel?.present).toBe(true);
  expect(await gateway.end.next('presence')).toMatchObject({ channel: gateway.channel, present: true });
  roamed.sendFrame(channel?.channel ?? -1, 'after roaming');
  expect(textOf(await gateway.end.frame())).toEqual(['after roaming']);
});

test('T4: an end is told when the other goes', async () => {
  const { gateway, client } = await pair();
  client.end.socket.terminate();
  expect(await gateway.end.next('presence')).toEqual({
    type: 'presence',
    channel: gateway.channel,
    present: false,
  });
});

test('T4: after close nothing passes any more', async () => {
  const { gateway, client } = await pair();
  client.end.send({ type: 'close', sessionId: session });
  expect(await gateway.end.next('presence')).toMatchObject({ present: false });
  gateway.end.sendFrame(gateway.channel, 'into the void');
  await gateway.end.openSession(await tokenFor(gateway.key, [testKey()], randomUUID()));
  const [channel] = (await client.end.openSession(await tokenFor(client.key, [gateway.key]))).channels;
  gateway.end.sendFrame(gateway.channel, 'open again');
  const frame = await client.end.frame();
  expect(textOf(frame)).toEqual(['open again']);
  expect(decodeRelayFrame(frame).channel).toBe(channel?.channel);
});

test('T4: one connection more than an address may have is closed with the reason', async () => {
  await server.stop();
  await startRelay({ connectionsOfOneAddress: 1 });
  await connect().opened();
  expect(await connect().closed).toBe(4429);
});

test('T4: an address that opens connections too fast is cut off before the TLS handshake', async () => {
  await server.stop();
  await startRelay({ newConnectionsOfOneAddress: { perSecond: 0, burst: 1 } });
  await connect().opened();
  expect(await connect().closed).toBe(1006);
  expect(await metric('refused_total{code="new-connections"}')).toBe('1');
});

test('T4: what a token or an address may not send any more is dropped, and the connection stays', async () => {
  for (const [limit, reason] of [
    ['bytesOfOneToken', 'token-rate'],
    ['bytesOfOneAddress', 'address-rate'],
  ] as const) {
    await server.stop();
    await startRelay({ [limit]: { perSecond: 0, burst: 50 } });
    const { gateway, client } = await pair();
    client.end.sendFrame(client.channel, 'x'.repeat(60));
    client.end.sendFrame(client.channel, 'short');
    expect(textOf(await gateway.end.frame())).toEqual(['short']);
    expect(await metric(`dropped_frames_total{reason="${reason}"}`)).toBe('1');
  }
});

test('T4: the operator sees connections, sessions and what was forwarded, and nothing else is served beside', async () => {
  const { gateway, client } = await pair();
  client.end.sendFrame(client.channel, 'x');
  await gateway.end.frame();
  const names = ['connections', 'sessions', 'forwarded_frames_total', 'forwarded_bytes_total'];
  expect(await Promise.all(names.map(metric))).toEqual(['2', '1', '1', '7']);
  expect((await fetch(`http://${HOST}:${server.metricsPort}/`)).status).toBe(404);
  expect((await fetch(`http://${HOST}:${server.metricsPort}/metrics`, { method: 'POST' })).status).toBe(404);
});

test('T4: without a place for metrics none are served', async () => {
  const quiet = await newRelay({ metrics: undefined });
  await quiet.start();
  expect(quiet.metricsPort).toBeNull();
  await quiet.stop();
});

test('T4: a flood of control messages closes the connection', async () => {
  await server.stop();
  await startRelay({ controlMessages: { perSecond: 0, burst: 3 } });
  const end = await connect().authenticate(testKey());
  end.send({ type: 'close', sessionId: session });
  end.send({ type: 'close', sessionId: session });
  expect(await end.closed).toBe(4400);
});

test('T4: a message longer than a frame may be closes the connection', async () => {
  const end = await connect().authenticate(testKey());
  end.socket.send(Buffer.alloc(65_537));
  expect(await end.closed).toBe(1009);
});

test('T4: a receiver that does not read never delays others, and loses the oldest packets', async () => {
  const { gateway, client } = await pair();
  const slowKey = testKey();
  const slow = await connect().authenticate(slowKey);
  const other = randomUUID();
  const [toSlow] = (await client.end.openSession(await tokenFor(client.key, [slowKey], other))).channels;
  await slow.openSession(await tokenFor(slowKey, [client.key], other));
  slow.socket.pause();
  const sent = 1000;
  for (let count = 0; count < sent; count += 1) client.end.sendFrame(toSlow?.channel ?? -1, 'x'.repeat(30_000));
  client.end.sendFrame(client.channel, 'to the one that reads');
  expect(textOf(await gateway.end.frame())).toEqual(['to the one that reads']);
  slow.socket.resume();
  await slow.openSession(await tokenFor(slowKey, [gateway.key], randomUUID()));
  client.end.sendFrame(toSlow?.channel ?? -1, 'the newest');
  let received = 0;
  while (textOf(await slow.frame())[0] !== 'the newest') received += 1;
  expect(received).toBeLessThan(sent);
  const reasons = ['queue-bytes', 'queue-time'].map((reason) => metric(`dropped_frames_total{reason="${reason}"}`));
  expect((await Promise.all(reasons)).some((dropped) => Number(dropped ?? 0) > 0)).toBe(true);
}, 60_000);

/** One round of pings, under fake timers; fulfilled once the relay has read this end's answer. */
async function answered({ end, key }: { readonly end: TestEnd; readonly key: TestKey }): Promise<void> {
  const pinged = once(end.socket, 'ping');
  vi.advanceTimersByTime(RELAY_LIMITS.pingInterval);
  await pinged;
  await end.openSession(await tokenFor(key, [testKey()], randomUUID()));
}

describe('ends that answer pings or not', () => {
  let heldUp: number;

  beforeEach(() => {
    heldUp = 0;
    const now = performance.now.bind(performance);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    vi.spyOn(performance, 'now').mockImplementation(() => now() + heldUp);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('T4: one that no longer answers is given up, and its peer is told', async () => {
    const { gateway, client } = await pair();
    client.end.socket.pause();
    await answered(gateway);
    vi.advanceTimersByTime(RELAY_LIMITS.pingInterval);
    expect(await gateway.end.next('presence')).toMatchObject({ present: false });
  });

  test('T4: a relay that was held up itself gives nobody up before it has asked again', async () => {
    const { gateway, client } = await pair();
    client.end.socket.pause();
    await answered(gateway);
    heldUp = 2 * RELAY_LIMITS.pingInterval;
    await answered(gateway);
    client.end.socket.resume();
    client.end.sendFrame(client.channel, 'still here');
    expect(textOf(await gateway.end.frame())).toEqual(['still here']);
  });
});

test('T4: a relay that is about to stop says so before it closes', async () => {
  const end = await connect().authenticate(testKey());
  const stopped = server.stop();
  await end.next('draining');
  expect(await end.closed).toBe(1001);
  await stopped;
});

test('T4: anything but the relay path is not found', async () => {
  const end = new TestEnd(url.replace('/relay', '/elsewhere'), authority.certificatePem);
  const refused = vi.fn();
  end.socket.on('unexpected-response', (_request, response) => refused(response.statusCode));
  await vi.waitFor(() => expect(refused).toHaveBeenCalledWith(404), PATIENCE);
});

test('T4: garbage closes its own connection and harms no other', async () => {
  const { gateway, client } = await pair();
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.string(),
        fc.json(),
        fc.constantFrom('{"type":"hello"}', '{"type":"proof","mac":""}', '{"type":"open"}', '[]', 'null'),
      ),
      async (message) => {
        const end = await connect().opened();
        end.socket.send(message);
        expect([4400, 4401]).toContain(await end.closed);
      },
    ),
    { numRuns: 60 },
  );
  client.end.sendFrame(client.channel, 'still here');
  expect(textOf(await gateway.end.frame())).toEqual(['still here']);
});
