import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { generateWireguardKeyPair } from '../keys.ts';
import { RelayPool } from './relay-pool.ts';
import { selfSignedCertificate, type TestCertificate, TestRelay } from './testing.ts';

const SESSION = '7e0c1a3e-4f55-4c1e-9d0f-0a7c3a8a1b11';
const own = generateWireguardKeyPair();
const peer = generateWireguardKeyPair().publicKey;
const WAIT = { timeout: 20_000, interval: 10 };

let certificate: TestCertificate;
let pool: RelayPool | null = null;
const relays: TestRelay[] = [];
const onChange = vi.fn();

beforeAll(async () => {
  certificate = await selfSignedCertificate();
});

afterEach(async () => {
  pool?.close();
  for (const relay of relays.splice(0)) await relay.close();
  onChange.mockClear();
});

async function startRelays(...names: string[]): Promise<TestRelay[]> {
  for (const name of names) relays.push(await TestRelay.start(certificate, name));
  return relays;
}

function newPool(): RelayPool {
  pool = new RelayPool({
    privateKey: own.privateKey,
    caPem: certificate.certPem,
    proxy: null,
    log: () => undefined,
  });
  pool.attach({ onChange, onPackets: () => undefined });
  return pool;
}

const names = (views: readonly { readonly name: string }[]) => views.map(({ name }) => name);

test('T4: a relay that answers comes before one that does not, whatever the configuration’s order', async () => {
  const [far, near] = await startRelays('far', 'near');
  if (far === undefined || near === undefined) throw new Error('a relay is missing');
  const unreachable = { ...far.endpoint, port: near.endpoint.port, host: 'localhost.invalid' };
  const connected = newPool();
  connected.configure([unreachable, near.endpoint], new Map([[SESSION, 'token']]));
  expect(names(connected.views(peer))).toEqual(['far', 'near']);
  await vi.waitFor(() => expect(names(connected.views(peer))).toEqual(['near', 'far']), WAIT);
  expect(connected.roundTrips().get('far')).toBeNull();
  expect(connected.roundTrips().get('near')).toBeGreaterThan(0);
});

test('T5: a relay that dies goes behind the others, and its loss is told', async () => {
  const [first, second] = await startRelays('first', 'second');
  if (first === undefined || second === undefined) throw new Error('a relay is missing');
  const connected = newPool();
  connected.configure([first.endpoint, second.endpoint], new Map([[SESSION, 'token']]));
  await vi.waitFor(() => expect([...connected.roundTrips().values()]).not.toContain(null), WAIT);
  // On a busy computer either may be the nearer one.
  const [nearer, farther] = names(connected.views(peer));
  onChange.mockClear();
  (nearer === 'first' ? first : second).breakConnection();
  await vi.waitFor(() => expect(names(connected.views(peer))).toEqual([farther, nearer]), WAIT);
  expect(onChange).toHaveBeenCalled();
});

test('C6: without a session no relay is contacted, and none is left in the views', async () => {
  const [relay] = await startRelays('relay0');
  if (relay === undefined) throw new Error('a relay is missing');
  const connected = newPool();
  connected.configure([relay.endpoint], new Map([[SESSION, 'token']]));
  await vi.waitFor(() => expect(relay.tokens).toEqual(['token']), WAIT);
  connected.configure([relay.endpoint], new Map());
  expect(connected.views(peer)).toEqual([]);
  await vi.waitFor(() => expect(relay.connections).toBe(0), WAIT);
});

test('T5: when the network changes, connections whose addresses are still there stay', async () => {
  const [relay] = await startRelays('relay0');
  if (relay === undefined) throw new Error('a relay is missing');
  const connected = newPool();
  connected.configure([relay.endpoint], new Map([[SESSION, 'token']]));
  await vi.waitFor(() => expect(connected.roundTrips().get('relay0')).toBeGreaterThan(0), WAIT);
  connected.networkChanged();
  await vi.waitFor(() => expect(connected.roundTrips().get('relay0')).toBeGreaterThan(0), WAIT);
  expect(relay.tokens).toEqual(['token']);
});
