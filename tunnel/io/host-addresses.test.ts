import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { HostAddresses, type Resolve } from './host-addresses.ts';

const HOST = 'relay0.example';
const fromDns = [{ address: '203.0.113.20', family: 4 }];
const unknown: Resolve = () => Promise.reject(new Error(`getaddrinfo EAI_AGAIN ${HOST}`));

type Found = string | LookupAddress[];

function ask(addresses: HostAddresses, all: boolean): Promise<Found> {
  return new Promise((resolve, reject) => {
    addresses.lookup(HOST, { all }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
}

test('what the name server says counts, in either form that a connection asks for', async () => {
  const addresses = new HostAddresses(() => Promise.resolve(fromDns));
  addresses.remember(HOST, '203.0.113.99');
  expect(await ask(addresses, true)).toEqual(fromDns);
  expect(await ask(addresses, false)).toBe('203.0.113.20');
});

test('T5: without a name server the last address that worked is taken', async () => {
  const addresses = new HostAddresses(unknown);
  addresses.remember(HOST, '203.0.113.20');
  expect(await ask(addresses, true)).toEqual(fromDns);
  addresses.remember(HOST, '2001:db8::20');
  expect(await ask(addresses, true)).toEqual([{ address: '2001:db8::20', family: 6 }]);
});

test('T5: a name server that does not answer is not waited for', async () => {
  const addresses = new HostAddresses(() => new Promise(() => undefined));
  addresses.remember(HOST, '203.0.113.20');
  expect(await ask(addresses, false)).toBe('203.0.113.20');
});

test('a host that was never reached and has no address is told as the system tells it', async () => {
  await expect(ask(new HostAddresses(unknown), true)).rejects.toThrow('EAI_AGAIN');
});
