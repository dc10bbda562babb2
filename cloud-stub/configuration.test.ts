import { expect, test } from 'vitest';
import { cloudConfiguration } from './configuration.ts';

const LEAST = {
  dataDirectory: '/var/lib/cloud',
  idScope: '0ne00000001',
  web: { host: 'cloud.example', port: 443, address: '127.0.0.1' },
  relays: [{ name: 'relay0.c-us', region: 'c-us', host: 'relay.example', port: 443, address: '127.0.0.1' }],
  stunServers: [],
};

test('K03: tunnels have addresses of the whole shared range, or of the part that is configured', () => {
  expect(cloudConfiguration.parse(LEAST).tunnelNetwork).toBe('100.64.0.0/10');
  expect(cloudConfiguration.parse({ ...LEAST, tunnelNetwork: '100.80.0.0/16' }).tunnelNetwork).toBe('100.80.0.0/16');
});

test.each(['10.0.0.0/16', '100.64.0.0/9', '100.80.0.0/23', '100.80.0.1/16', '100.128.0.0/16', 'all'])(
  'K03: %s is no network for tunnels',
  (tunnelNetwork) => {
    expect(cloudConfiguration.safeParse({ ...LEAST, tunnelNetwork }).success).toBe(false);
  },
);
