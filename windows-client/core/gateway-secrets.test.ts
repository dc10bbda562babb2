import { generateSeed, keyPairOf, openEncapsulated } from '@edgegateway/tunnel/key-encapsulation';
import { expect, test } from 'vitest';
import { GatewaySecrets } from './gateway-secrets.ts';

const pairs = [keyPairOf(generateSeed()), keyPairOf(generateSeed())] as const;
const gateway = (registrationId: string, { encapsulationKey } = pairs[0]) => ({
  ...{ registrationId, encapsulationKey },
  name: registrationId,
});

test('T1: what the client makes for a gateway is opened there', () => {
  const { encapsulatedKey, secret } = new GatewaySecrets().of(gateway('a'));
  expect(openEncapsulated(pairs[0].decapsulationKey, encapsulatedKey)).toEqual(secret);
});

test('A2, T1: one secret for each gateway and key, also when a former key comes back', () => {
  const secrets = new GatewaySecrets();
  const first = secrets.of(gateway('a'));
  expect(secrets.of(gateway('b')).secret).not.toEqual(first.secret);
  expect(secrets.of(gateway('a', pairs[1])).secret).not.toEqual(first.secret);
  expect(secrets.of(gateway('a'))).toBe(first);
  expect(new GatewaySecrets().of(gateway('a')).secret).not.toEqual(first.secret);
});

test('a key that is none is told with its gateway', () => {
  const none = { ...gateway('Hall 2'), encapsulationKey: Buffer.alloc(1184, 0xff).toString('base64') };
  expect(() => new GatewaySecrets().of(none)).toThrowError(
    expect.objectContaining({ code: 'gateway-key-invalid', message: expect.stringContaining('Hall 2') }),
  );
});
