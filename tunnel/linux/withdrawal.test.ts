import type { ReleasedAddress } from '@edgegateway/protocol/released-address';
import { expect, test } from 'vitest';
import type { FlowDetails, TrackedFlow } from './conntrack.ts';
import { heldByMachine } from './flow-ending.ts';
import { isWithdrawn, withdrawalsBetween } from './withdrawal.ts';

const CLIENT = '100.64.0.2';
const MACHINE = '192.168.250.10';
const WEB = { address: MACHINE, protocol: 'tcp', port: 80 } as const;
const MODBUS = { address: MACHINE, protocol: 'tcp', port: 502 } as const;
const HOST = { address: MACHINE } as const;

function session(released: readonly ReleasedAddress[], sessionId = 'one', clientAddress = CLIENT) {
  return { sessionId, clientAddress, released };
}

function tcp(machinePort: number, state = 'ESTABLISHED'): FlowDetails {
  return { protocol: 'tcp', clientPort: 50_000, destinationPort: 1, machinePort, portSeenByMachine: 51_000, state };
}

function flow(details: FlowDetails, changes: Partial<TrackedFlow> = {}): TrackedFlow {
  return {
    ...{ client: CLIENT, destination: '100.112.0.1', machine: MACHINE, seenByMachine: '192.168.250.1', details },
    ...changes,
  };
}

test('T6: a session that has ended, and an address that is gone, are taken back', () => {
  const other = session([HOST], 'two', '100.64.0.3');
  expect(withdrawalsBetween([session([WEB]), other], [other])).toEqual([{ clientAddress: CLIENT, stillReleased: [] }]);
  expect(withdrawalsBetween([session([WEB, MODBUS])], [session([WEB])])).toEqual([
    { clientAddress: CLIENT, stillReleased: [WEB] },
  ]);
});

test('T6: what stays, is added or comes first takes nothing back', () => {
  expect(withdrawalsBetween([], [session([WEB])])).toEqual([]);
  expect(withdrawalsBetween([session([WEB])], [session([MODBUS, WEB])])).toEqual([]);
});

test('T6: the address of a client that another session gets takes all of the first one back', () => {
  expect(withdrawalsBetween([session([HOST])], [session([HOST], 'two')])).toEqual([
    { clientAddress: CLIENT, stillReleased: [] },
  ]);
});

test('T6: only connections that nothing releases any more are ended, by the own address and port of the machine', () => {
  const left = { clientAddress: CLIENT, stillReleased: [WEB] };
  expect(isWithdrawn(flow(tcp(502)), left)).toBe(true);
  expect(isWithdrawn(flow(tcp(80)), left)).toBe(false);
  expect(isWithdrawn(flow({ protocol: 'icmp', type: 8, code: 0, id: 1 }), left)).toBe(true);
  expect(isWithdrawn(flow(tcp(80), { machine: '192.168.250.11' }), left)).toBe(true);
  expect(isWithdrawn(flow(tcp(502)), { ...left, stillReleased: [HOST] })).toBe(false);
});

test("T6: another client's connections are left alone", () => {
  expect(isWithdrawn(flow(tcp(502), { client: '100.64.0.3' }), { clientAddress: CLIENT, stillReleased: [] })).toBe(
    false,
  );
});

test('T6: a machine is told in the words that it knows the connection by, if it may still hold it', () => {
  expect(heldByMachine(flow(tcp(502)))).toEqual([
    { localAddress: '192.168.250.1', localPort: 51_000, remoteAddress: MACHINE, remotePort: 502 },
  ]);
  expect(heldByMachine(flow(tcp(502, 'CLOSE_WAIT')))).toHaveLength(1);
  expect(heldByMachine(flow(tcp(502, 'TIME_WAIT')))).toEqual([]);
  expect(heldByMachine(flow({ protocol: 253 }))).toEqual([]);
});

test("T6: nobody is told of connections to the gateway itself, for it cannot speak in the client's name", () => {
  expect(heldByMachine(flow(tcp(443), { seenByMachine: CLIENT }))).toEqual([]);
});
