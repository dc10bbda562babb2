import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpProxy } from '@edgegateway/tunnel/http-proxy';
import { HostAddresses } from '@edgegateway/tunnel/io/host-addresses';
import { RelayConnection } from '@edgegateway/tunnel/io/relay-connection';
import { relayIdentity } from '@edgegateway/tunnel/io/relay-proof';
import { selfSignedCertificate, type TestCertificate, TestRelay } from '@edgegateway/tunnel/io/testing';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import { type CloudAddress, cloudAgent } from '@edgegateway/windows-client/core/cloud-address';
import { EventChannel } from '@edgegateway/windows-client/core/event-channel';
import { redeemTicket } from '@edgegateway/windows-client/core/redeem';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '../lab/free-port.ts';
import { type HttpProxyOptions, type RunningHttpProxy, startHttpProxy } from '../lab/http-proxy.ts';
import { until } from '../lab/until.ts';
import { ClientCloud, CONFIGURATION, EVENT_TOKEN, REDEEM_REQUEST } from './client-cloud.ts';

const CREDENTIALS = { user: 'anna', password: 'quiet-secret' };
const WRONG = { user: 'anna', password: 'wrong-secret' };
const SESSION = '7e0c1a3e-4f55-4c1e-9d0f-0a7c3a8a1b11';
/** Well under the second after which the impatient proxy cuts; so many of them last several times as long. */
const PING_MILLISECONDS = 200;
const PINGS = 20;

let directory: string;
let certificate: TestCertificate;
let cloud: ClientCloud;
let relay: TestRelay;
let ending: (() => unknown)[] = [];
let logged: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'client-proxy-'));
  certificate = await selfSignedCertificate();
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  [ending, logged] = [[], []];
  cloud = await ClientCloud.start();
  relay = await TestRelay.start(certificate);
});

afterEach(async () => {
  for (const end of ending.toReversed()) await end();
  await relay.close();
  await cloud.close();
});

async function start(options: Partial<HttpProxyOptions> = {}): Promise<RunningHttpProxy> {
  const ports = [cloud.port, relay.endpoint.port];
  const running = await startHttpProxy({ directory, credentials: CREDENTIALS, ports, ...options });
  ending.push(() => running.stop());
  return running;
}

const through = (proxy: HttpProxy): CloudAddress => ({ ...cloud.address, proxy });

const redeem = (address: CloudAddress, agent = cloudAgent(address)) =>
  redeemTicket(address, agent, REDEEM_REQUEST, new AbortController().signal);

function channelThrough(
  proxy: HttpProxy,
  pingMilliseconds?: number,
  agent: Agent = cloudAgent(through(proxy)),
): EventChannel {
  const channel = new EventChannel(through(proxy), agent, EVENT_TOKEN, pingMilliseconds);
  ending.push(() => channel.close());
  return channel;
}

function relayThrough(proxy: HttpProxy, pingInterval?: number): RelayConnection {
  const connection = new RelayConnection(
    {
      relay: relay.endpoint,
      identity: relayIdentity(generateWireguardKeyPair().privateKey),
      caPem: certificate.certPem,
      addresses: new HostAddresses(),
      onRoundTrip: () => undefined,
      proxy,
      ...(pingInterval === undefined ? {} : { pingInterval }),
      log: (_level, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
      onChange: () => undefined,
      onPackets: () => undefined,
    },
    new Map([[SESSION, 'token']]),
  );
  ending.push(() => connection.close());
  return connection;
}

const greetings = () => relay.received.filter(({ type }) => type === 'hello').length;

test.each([null, CREDENTIALS])(
  'redeem, event channel and relay pass a proxy with the credentials %o',
  async (credentials) => {
    const { proxy } = await start({ credentials });
    const agent = cloudAgent(through(proxy));
    await expect(redeem(through(proxy), agent)).resolves.toEqual(CONFIGURATION);
    const channel = channelThrough(proxy, undefined, agent);
    const open = once(channel, 'open');
    channel.open();
    await open;
    expect(cloud.connections).toBe(1);
    relayThrough(proxy);
    await until('the session is opened at the relay', () => relay.tokens.includes('token'));
  },
);

test('P5: behind a proxy, the certificate of the cloud itself counts as before', async () => {
  const { proxy } = await start();
  await expect(redeem({ ...through(proxy), caPem: null })).rejects.toMatchObject({ code: 'cloud-not-trusted' });
  await expect(redeem({ ...through(proxy), caPem: certificate.certPem })).rejects.toMatchObject({
    code: 'cloud-not-trusted',
  });
});

test.each([null, WRONG])('a proxy that does not accept the credentials %o is told as such', async (credentials) => {
  const { proxy } = await start();
  const refused = { ...proxy, credentials };
  await expect(redeem(through(refused))).rejects.toMatchObject({ code: 'proxy-authentication' });
  relayThrough(refused);
  await until('the relay is given up', () => logged.some((line) => line.includes('The proxy')));
  expect(logged.join()).toMatch(
    credentials === null ? /asks for a user name and a password/ : /refuses the user .*anna/,
  );
});

test('the refusal of a proxy is not taken for the end of the session', async () => {
  const { proxy } = await start();
  const channel = channelThrough({ ...proxy, credentials: WRONG });
  let isRejected = false;
  channel.on('rejected', () => {
    isRejected = true;
  });
  const interrupted = once(channel, 'interrupted');
  channel.open();
  expect(await interrupted).toEqual([expect.stringContaining('refuses the user "anna" with this password')]);
  expect(isRejected).toBe(false);
});

test('a proxy that does not let this connection pass is told as such', async () => {
  const { proxy } = await start({ ports: [443] });
  await expect(redeem(through(proxy))).rejects.toMatchObject({ code: 'proxy-refused' });
});

test('a proxy that is not there is told as such', async () => {
  const proxy = { url: `http://127.0.0.1:${await freePort()}`, credentials: CREDENTIALS };
  await expect(redeem(through(proxy))).rejects.toMatchObject({ code: 'proxy-unreachable' });
});

test('P5: no error and no log line tells the password', async () => {
  const { proxy } = await start();
  const refused = { ...proxy, credentials: WRONG };
  const error: unknown = await redeem(through(refused)).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(Error);
  for (let told = error; told instanceof Error; told = told.cause)
    expect(JSON.stringify(told, Object.getOwnPropertyNames(told))).not.toContain(WRONG.password);
  relayThrough(refused);
  await until('the relay is given up', () => logged.length > 0);
  expect(logged.join()).not.toContain(WRONG.password);
});

test('T5: a proxy that cuts silent connections does not cut the event channel, because it is never silent', async () => {
  const { proxy } = await start({ idleSeconds: 1 });
  const channel = channelThrough(proxy, PING_MILLISECONDS);
  const arriving = cloud.nextSocket();
  channel.open();
  const socket = await arriving;
  let pings = 0;
  socket.on('ping', () => {
    pings += 1;
  });
  await until('it has lasted longer than the proxy’s patience', () => pings >= PINGS);
  expect(socket.readyState).toBe(socket.OPEN);
});

test('T5: a proxy that cuts silent connections does not cut the relay either', async () => {
  const { proxy } = await start({ idleSeconds: 1 });
  relayThrough(proxy, PING_MILLISECONDS);
  await until('it has lasted longer than the proxy’s patience', () => relay.pings >= PINGS);
  expect(greetings()).toBe(1);
});

test('T5: the same proxy does cut a channel that is silent, and the channel comes back', async () => {
  const { proxy } = await start({ idleSeconds: 1 });
  const channel = channelThrough(proxy);
  const interrupted = once(channel, 'interrupted');
  channel.open();
  await interrupted;
  await once(channel, 'open');
});

test.each([403, 400, 200])(
  'an upgrade that is answered with %i is told as removed and does not end the session',
  async (status) => {
    const stripping = await ClientCloud.start('stripped');
    ending.push(() => stripping.close());
    stripping.upgradeStatus = status;
    const channel = new EventChannel(stripping.address, cloudAgent(stripping.address), EVENT_TOKEN);
    ending.push(() => channel.close());
    const interrupted = once(channel, 'interrupted');
    channel.open();
    expect(await interrupted).toEqual([expect.stringMatching(`status ${status}.*removes the WebSocket upgrade`)]);
    await once(channel, 'interrupted');
  },
);
