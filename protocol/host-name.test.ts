import { expect, test } from 'vitest';
import { gatewaySettings } from './gateway-files.ts';
import { hostName, withoutRootDot } from './host-name.ts';
import { relayEndpoint } from './network-endpoints.ts';

test('K19: the dot that ends a name is taken away where a name is read', () => {
  expect(hostName.parse('relay0.example.')).toBe('relay0.example');
  const relay = { name: 'relay0', region: 'c-us', host: 'relay0.example.', port: 443 };
  expect(relayEndpoint.parse(relay).host).toBe('relay0.example');
  expect(gatewaySettings.parse({ dps: { host: 'dps.example.', port: 443 } }).dps.host).toBe('dps.example');
});

test('K19: a name with a port loses its dot as well, and nothing else changes', () => {
  expect(withoutRootDot('cloud.example.:8443')).toBe('cloud.example:8443');
  expect(withoutRootDot('cloud.example:8443')).toBe('cloud.example:8443');
  expect(withoutRootDot('cloud.example')).toBe('cloud.example');
});

test.each(['', '.', 'relay0..example', 'relay0.example..', 'relay 0', '-relay'])('%j is no name of a host', (text) => {
  expect(hostName.safeParse(text).success).toBe(false);
});
