import { createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLOUD_FILES } from '../configuration.ts';
import { ensurePki, type PkiConfiguration, RENEWAL_MARGIN } from './pki.ts';

/** The real time: TLS compares the certificates with it. */
const NOW = new Date();
const DAY = 24 * 60 * 60 * 1000;

let dataDirectory: string;
let configuration: PkiConfiguration;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'pki-'));
  configuration = {
    dataDirectory,
    web: listener('cloud.example'),
    dps: listener('dps.example'),
    hub: listener('hub.example'),
    relays: [{ name: 'relay0.c-us', region: 'c-us', ...listener('relay0.example') }],
  };
});

afterEach(() => rm(dataDirectory, { recursive: true }));

const listener = (host: string) => ({ host, port: 443, address: '127.0.0.1' });
const file = (name: string): string => join(dataDirectory, name);

test('T4: the first start makes an authority of ten years and one certificate for each host name', async () => {
  const pki = await ensurePki(configuration, NOW);
  const ca = new X509Certificate(pki.caPem);
  expect(ca.ca).toBe(true);
  expect(Math.floor((ca.validToDate.getTime() - NOW.getTime()) / (365 * DAY))).toBe(10);
  expect(ca.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  for (const host of ['cloud.example', 'dps.example', 'hub.example', 'relay0.example']) {
    const certificate = new X509Certificate(pki.certificateFor(host).certPem);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subjectAltName).toBe(`DNS:${host}`);
    expect(await readFile(file(`${CLOUD_FILES.certificates}/${host}.pem`), 'utf8')).toBe(certificate.toString());
  }
});

test('private keys are readable by their owner only', async () => {
  await ensurePki(configuration, NOW);
  for (const name of ['pki/ca.key', 'pki/relay-token.private.json', 'pki/hosts/cloud.example.key'])
    expect((await stat(file(name))).mode & 0o777).toBe(0o600);
});

test('a second start changes no file', async () => {
  const first = await ensurePki(configuration, NOW);
  const second = await ensurePki(configuration, new Date(NOW.getTime() + DAY));
  expect(second.caPem).toBe(first.caPem);
  expect(second.certificateFor('hub.example')).toEqual(first.certificateFor('hub.example'));
  expect(second.relayTokenPrivateKey.equals(first.relayTokenPrivateKey)).toBe(true);
});

test('a certificate near its end is renewed and the others stay', async () => {
  const first = await ensurePki(configuration, NOW);
  const end = new X509Certificate(first.certificateFor('hub.example').certPem).validToDate.getTime();
  const before = await ensurePki(configuration, new Date(end - RENEWAL_MARGIN - 1000));
  expect(before.certificateFor('hub.example')).toEqual(first.certificateFor('hub.example'));
  const after = await ensurePki(configuration, new Date(end - RENEWAL_MARGIN));
  expect(after.certificateFor('hub.example')).not.toEqual(first.certificateFor('hub.example'));
  expect(after.caPem).toBe(first.caPem);
});

test('a new host name gets a certificate of the same authority', async () => {
  const first = await ensurePki(configuration, NOW);
  configuration = { ...configuration, web: { ...configuration.web, host: 'other.example' } };
  const second = await ensurePki(configuration, NOW);
  expect(second.caPem).toBe(first.caPem);
  expect(new X509Certificate(second.certificateFor('other.example').certPem).subjectAltName).toBe('DNS:other.example');
  expect(() => second.certificateFor('cloud.example')).toThrowError(expect.objectContaining({ code: 'unknown-host' }));
});

test('a host certificate and key that do not belong together are issued anew', async () => {
  await ensurePki(configuration, NOW);
  const other = await readFile(file('pki/hosts/dps.example.key'));
  await writeFile(file('pki/hosts/hub.example.key'), other);
  const pki = await ensurePki(configuration, NOW);
  const { certPem, keyPem } = pki.certificateFor('hub.example');
  expect(keyPem).not.toBe(other.toString());
  expect(await handshake(pki.caPem, certPem, keyPem, 'hub.example')).toBe(true);
});

test('an interrupted first start is completed', async () => {
  await ensurePki(configuration, NOW);
  await unlink(file(CLOUD_FILES.ca));
  const pki = await ensurePki(configuration, NOW);
  const { certPem, keyPem } = pki.certificateFor('cloud.example');
  expect(await handshake(pki.caPem, certPem, keyPem, 'cloud.example')).toBe(true);
});

test('an authority that lost its key is an error and is not replaced', async () => {
  const { caPem } = await ensurePki(configuration, NOW);
  await unlink(file('pki/ca.key'));
  await expect(ensurePki(configuration, NOW)).rejects.toMatchObject({ code: 'authority-incomplete' });
  expect(await readFile(file(CLOUD_FILES.ca), 'utf8')).toBe(caPem);
});

test('an expired authority is an error', async () => {
  await ensurePki(configuration, NOW);
  const later = new Date(NOW.getTime() + 11 * 365 * DAY);
  await expect(ensurePki(configuration, later)).rejects.toMatchObject({ code: 'authority-expired' });
});

test('T4: the published token key verifies what the private one signs, and holds no private part', async () => {
  const { relayTokenPrivateKey } = await ensurePki(configuration, NOW);
  const text = await readFile(file(CLOUD_FILES.relayTokenKey), 'utf8');
  const published = createPublicKey({ key: JSON.parse(text), format: 'jwk' });
  const message = Buffer.from('a token');
  expect(verify(null, message, published, sign(null, message, relayTokenPrivateKey))).toBe(true);
  expect(JSON.parse(text)).not.toHaveProperty('d');
});

test('a damaged token key is an error that does not quote it', async () => {
  await ensurePki(configuration, NOW);
  await writeFile(file('pki/relay-token.private.json'), '{"kty":"OKP","crv":"Ed25519","d":"secret"}');
  const failure: unknown = await ensurePki(configuration, NOW).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'token-key-damaged' });
  expect(String(failure)).not.toContain('secret');
});

/** True when a TLS client that trusts only this authority accepts the certificate for this name. */
async function handshake(ca: string, cert: string, key: string, servername: string): Promise<boolean> {
  const server = createServer({ cert, key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port: address.port, ca, servername }, () => {
        resolve(socket.authorized);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  } finally {
    server.close();
  }
}
