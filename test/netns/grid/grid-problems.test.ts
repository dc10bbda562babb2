import { describe, expect, it } from 'vitest';
import type { GridCell, GridResult } from './grid-fixture.ts';
import { gridProblems } from './grid-problems.ts';

const STREAM = { sent: 100, lost: 0, lostRange: null, duplicates: 0, reordered: 0, largestGapMs: 60 };

function grid(cell: Partial<GridCell> = {}, capture: Partial<GridResult['capture']> = {}): GridResult {
  const sound: GridCell = {
    ...{ client: 'open', gateway: 'symmetric', expected: 'relay', upgradeMs: null, directPackets: 0 },
    ...{ expectedReason: 'nat-gateway', reasons: { client: 'nat-gateway', gateway: 'nat-gateway' } },
    ...{ reached: { client: 'relay', gateway: 'relay' }, stream: STREAM, afterRest: STREAM, brokenRelayConnections: 0 },
  };
  return {
    cells: [{ ...sound, ...cell }],
    capture: { packets: 1000, udpPackets: 900, badChecksums: [], inClear: 0, wireguardData: new Map(), ...capture },
  };
}

describe('a grid of networks', () => {
  it('is as it must be', () => {
    expect(gridProblems(grid())).toEqual([]);
    expect(gridProblems(grid({ afterRest: undefined }))).toEqual([]);
  });

  it.each<[string, Partial<GridCell>]>([
    ['the gateway says direct, not relay', { reached: { client: 'relay', gateway: 'direct' } }],
    ['the client says none, not relay', { reached: { client: null, gateway: 'relay' } }],
    [
      'the gateway says unanswered of why, not nat-gateway',
      { reasons: { client: 'nat-gateway', gateway: 'unanswered' } },
    ],
    ['the client says nothing of why, not nat-gateway', { reasons: { client: null, gateway: 'nat-gateway' } }],
    ['no packet was answered at first', { stream: null }],
    ['0 packets lost and 2 doubled at first', { stream: { ...STREAM, duplicates: 2 } }],
    ['1 packets lost and 0 doubled after a rest', { afterRest: { ...STREAM, lost: 1 } }],
    ['1 relay connections broke', { brokenRelayConnections: 1 }],
    ['3 packets went from site to site', { directPackets: 3 }],
  ])('tells that %s', (problem, cell) => {
    expect(gridProblems(grid(cell))).toEqual([`open, symmetric: ${problem}`]);
  });

  it.each<[string, Partial<GridResult['capture']>]>([
    ['a wrong UDP checksum: 1.2.3.4 > 5.6.7.8', { badChecksums: ['1.2.3.4 > 5.6.7.8'] }],
    ['the capture of the internet holds no packet', { packets: 0 }],
    ['5 packets of the tunnels were on the internet in clear', { inClear: 5 }],
  ])('tells of the internet: %s', (problem, capture) => {
    expect(gridProblems(grid({}, capture))).toEqual([problem]);
  });
});
