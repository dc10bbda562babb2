import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlowSetsError, flowKey, type ObservedFlow, parseFlowSets } from './flow-sets.ts';

function listed(set: string, concat: readonly unknown[], packets = 3, bytes = 180) {
  const elem = { val: { concat }, timeout: 60, expires: 59, counter: { packets, bytes } };
  return { set: { family: 'inet', name: set, table: 'remoteconnect', elem: [{ elem }] } };
}

test('T6: flows are read with their machine, protocol, port and counters', () => {
  const { active, refused } = parseFlowSets({
    nftables: [
      { metainfo: { json_schema_version: 1 } },
      listed('active_port', ['100.64.0.2', '192.168.250.10', 'tcp', 80]),
      listed('answered_port', ['100.64.0.2', '192.168.250.10', 'tcp', 80], 1, 120),
      listed('refused_protocol', ['100.64.0.2', '192.168.250.20', 'icmp']),
    ],
  });
  const flow = { source: '100.64.0.2', packets: 3, bytes: 180 };
  expect(active).toEqual([
    { ...flow, verdict: 'active', destination: '192.168.250.10', protocol: 'tcp', port: 80, bytesToClient: 120 },
  ]);
  expect(refused).toEqual([
    { ...flow, verdict: 'refused', destination: '192.168.250.20', protocol: 'icmp', bytesToClient: 0 },
  ]);
});

test('C7: the machine has never sent more than both directions together, though the sets are read at different times', () => {
  const pair = ['100.64.0.2', '192.168.250.10', 'tcp', 80] as const;
  const { active } = parseFlowSets({
    nftables: [listed('active_port', [...pair], 1, 1500), listed('answered_port', [...pair], 9, 12_000)],
  });
  expect(active.map(({ bytes, bytesToClient }) => [bytes, bytesToClient])).toEqual([[1500, 1500]]);
});

test.each([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  ['6', 'tcp'],
] as const)('C7: on a gateway without /etc/protocols nft writes %j, which is %s', (written, protocol) => {
  const { refused } = parseFlowSets({ nftables: [listed('refused_protocol', ['100.64.0.2', '10.0.0.1', written])] });
  expect(refused[0]?.protocol).toBe(protocol);
});

test('a protocol that is none of these is another one', () => {
  const { refused } = parseFlowSets({ nftables: [listed('refused_protocol', ['100.64.0.2', '10.0.0.1', 253])] });
  expect(refused[0]?.protocol).toBe('other');
});

test('sets without elements and sets of others are no flows', () => {
  const nftables = [{ set: { name: 'active_port' } }, { set: { name: 'released_host', elem: ['x'] } }, { chain: {} }];
  expect(parseFlowSets({ nftables })).toEqual({ active: [], refused: [] });
});

test('the key of a flow tells apart all that makes it a flow, and nothing that counts', () => {
  const flow: ObservedFlow = {
    ...{ verdict: 'active', source: '100.64.0.2', destination: '10.0.0.1', protocol: 'tcp', port: 80 },
    ...{ packets: 1, bytes: 40, bytesToClient: 0 },
  };
  expect(flowKey({ ...flow, packets: 2, bytes: 80 })).toBe(flowKey(flow));
  for (const other of [
    { verdict: 'refused' },
    { source: '100.64.0.3' },
    { destination: '10.0.0.2' },
    { port: 81 },
  ] as const)
    expect(flowKey({ ...flow, ...other })).not.toBe(flowKey(flow));
});

test('fuzz: any list is read or refused with the own error', () => {
  const object = fc.dictionary(fc.constantFrom('set', 'chain', 'x'), fc.jsonValue({ maxDepth: 4 }));
  const ours = fc
    .tuple(fc.constantFrom('active_port', 'refused_protocol'), fc.jsonValue({ maxDepth: 4 }))
    .map(([name, elem]) => ({ set: { name, elem } }));
  fc.assert(
    fc.property(fc.array(fc.oneof(object, ours), { maxLength: 4 }), (nftables) => {
      try {
        parseFlowSets({ nftables });
      } catch (error) {
        expect(error).toBeInstanceOf(FlowSetsError);
      }
    }),
  );
});
