import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { decodeRelayFrame } from '@edgegateway/protocol/relay-frame';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { publicJwk } from '../pki/relay-token-key.ts';
import { createAuthority, issueHostCertificate } from '../pki/x509.ts';
import { RelayServer } from './relay-server.ts';
import { signToken, TestEnd, type TestKey, testKey, WRONG_FRAMES } from './testing.ts';
import { createTokenCheck } from './token-check.ts';

const HOST = '127.0.0.1';
const signer = generateKeyPairSync('ed25519').privateKey;
const session = randomUUID();
const ends: TestEnd[] = [];
let server: RelayServer;
let caPem: string;
let url: string;

beforeAll(async () => {
  const authority = await createAuthority(new Date());
  const { certificatePem, keyPem } = await issueHostCertificate(authority, HOST, new Date());
  caPem = authority.certificatePem;
  server = new RelayServer({
    ...{ name: 'relay0', address: HOST, port: 0, certPem: certificatePem, keyPem },
    checkToken: await createTokenCheck(JSON.stringify(publicJwk(signer))),
    log: pino({ level: 'silent' }),
    metrics: undefined,
    now: Date.now,
    limits: { draining: 0, newConnectionsOfOneAddress: { perSecond: 1000, burst: 1000 } },
  });
  url = `wss://${HOST}:${await server.start()}/relay`;
});
afterAll(() => server.stop());
afterEach(() => {
  for (const end of ends.splice(0)) end.socket.terminate();
});

/** An end that has opened the session, and the channel to the other one. */
async function joined(key: TestKey, other: TestKey): Promise<{ readonly end: TestEnd; readonly channel: number }> {
  const end = new TestEnd(url, caPem);
  ends.push(end);
  await end.authenticate(key);
  const opened = await end.openSession(
    await signToken(signer, { sub: key.publicKey, peers: [other.publicKey], sid: session }),
  );
  const [channel] = opened.channels;
  if (channel === undefined) throw new Error('the channel is missing');
  return { end, channel: channel.channel };
}

test.each(WRONG_FRAMES)(
  'K67: a frame with %s closes its connection, and nothing of it goes on',
  async (_what, wrong) => {
    const [gatewayKey, clientKey] = [testKey(), testKey()];
    const gateway = await joined(gatewayKey, clientKey);
    const client = await joined(clientKey, gatewayKey);
    await gateway.end.next('presence');
    const message = Buffer.from(wrong);
    message.writeUInt16BE(client.channel, 2);
    client.end.socket.send(message);
    client.end.sendFrame(client.channel, 'behind it');
    expect(await client.end.closed).toBe(4400);
    const back = await joined(clientKey, gatewayKey);
    back.end.sendFrame(back.channel, 'the first that arrives');
    const { packets } = decodeRelayFrame(await gateway.end.frame());
    expect(packets.map((packet) => Buffer.from(packet).toString())).toEqual(['the first that arrives']);
  },
);
