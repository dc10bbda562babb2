import type { Flow } from '@edgegateway/tunnel/linux/whitelist';
import { expect, test } from 'vitest';
import { FlowLedger } from './flow-ledger.ts';

const FLOW: Flow = {
  ...{ sessionId: 'one', source: '100.64.0.2', destination: '192.168.250.10', protocol: 'tcp', port: 80 },
  ...{ packets: 1, bytes: 60, bytesToClient: 0 },
};
const later: Flow = { ...FLOW, packets: 5, bytes: 500, bytesToClient: 300 };

test('C7: a flow is over with the first reading that does not have it, and tells its last counters', () => {
  const ledger = new FlowLedger();
  expect(ledger.take([FLOW], 1000)).toEqual([]);
  expect(ledger.take([later], 2000)).toEqual([]);
  expect(ledger.take([], 3000)).toEqual([{ flow: later, openedAt: 1000 }]);
  expect(ledger.take([], 4000)).toEqual([]);
});

test('a flow whose counters are smaller has begun anew', () => {
  const ledger = new FlowLedger();
  ledger.take([later], 1000);
  expect(ledger.take([FLOW], 2000)).toEqual([{ flow: later, openedAt: 1000 }]);
  expect(ledger.take([], 3000)).toEqual([{ flow: FLOW, openedAt: 2000 }]);
});

test('flows of other sessions, clients, machines, protocols and ports are others', () => {
  const ledger = new FlowLedger();
  const { port: _port, ...withoutPort } = FLOW;
  const others: readonly Flow[] = [
    { ...FLOW, sessionId: 'two' },
    { ...FLOW, source: '100.64.0.3' },
    { ...FLOW, destination: '192.168.250.11' },
    { ...FLOW, protocol: 'udp' },
    { ...FLOW, port: 81 },
    withoutPort,
  ];
  ledger.take([FLOW, ...others], 1000);
  expect(ledger.take([FLOW], 2000).map(({ flow }) => flow)).toEqual(others);
});
