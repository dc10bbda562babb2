import { expect, test } from 'vitest';
import { changedWhitelist, newWhitelist } from './whitelist-ruleset.ts';

const OPTIONS = { interfaceName: 'rc0', plantInterface: 'lan0', mtu: 1280 };
const SESSION = {
  clientAddress: '100.64.0.2',
  released: [
    { address: '192.168.250.10' },
    { address: '192.168.250.11', protocol: 'tcp', port: 80 },
    { address: '192.168.250.12', protocol: 'udp' },
  ],
} as const;

const elements = [
  { name: 'released_pair', elem: ['10', '11', '12'].map((host) => concat(`192.168.250.${host}`)) },
  { name: 'released_host', elem: [concat('192.168.250.10')] },
  { name: 'released_port', elem: [concat('192.168.250.11', 'tcp', 80)] },
  { name: 'released_protocol', elem: [concat('192.168.250.12', 'udp')] },
];

function concat(...rest: readonly unknown[]) {
  return { concat: ['100.64.0.2', ...rest] };
}

test('T6: each release stands in the set of its kind, bound to the address of its client', () => {
  for (const ruleset of [newWhitelist(OPTIONS, [SESSION]), changedWhitelist([SESSION])]) {
    for (const element of elements)
      expect(ruleset).toContainEqual({ add: { element: { family: 'inet', table: 'remoteconnect', ...element } } });
  }
});

test('T6: a change empties all sets of releases in the same transaction, and leaves the recorded flows alone', () => {
  const flushed = changedWhitelist([]).map((command) => JSON.stringify(command));
  expect(flushed).toHaveLength(5);
  for (const command of flushed) expect(command).toMatch(/^\{"flush":\{"(set":.*"released_|map":.*"translated")/);
});

test('T6: without a session nothing is released', () => {
  expect(JSON.stringify(newWhitelist(OPTIONS, []))).not.toContain('"element"');
});

test('T6: an address that the client reaches under another one is translated for this client alone', () => {
  const session = { ...SESSION, translations: [{ address: '192.168.250.10', mapped: '100.112.0.1' }] };
  const elem = [[concat('100.112.0.1'), '192.168.250.10']];
  for (const ruleset of [newWhitelist(OPTIONS, [session]), changedWhitelist([session])])
    expect(ruleset).toContainEqual({
      add: { element: { family: 'inet', table: 'remoteconnect', name: 'translated', elem } },
    });
});

test('K02: what clients and machines may send each other at once fits the tunnel, and the route to the client', () => {
  const values = newWhitelist(OPTIONS, [])
    .map((command) => JSON.stringify(command))
    .filter((text) => text.includes('"segment_size"') && text.includes('"rule"'))
    .map((text) => /"value":(.*?)\}\}/.exec(text)?.[1]);
  expect(values).toEqual(['1240', '{"rt":{"key":"mtu"']);
});

test("K03: machines see the gateway's address in place of a client's own, and no rule is about a whole network", () => {
  const ruleset = newWhitelist(OPTIONS, [SESSION]);
  const masquerading = ruleset.map((command) => JSON.stringify(command)).filter((text) => text.includes('masquerade'));
  expect(masquerading).toEqual([expect.stringContaining('@released_pair')]);
  expect(JSON.stringify(ruleset)).not.toContain('"prefix"');
});
