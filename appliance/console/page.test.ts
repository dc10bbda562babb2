import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnitState } from '../bus/unit-state.ts';
import { COLUMNS, type ConsoleFacts, consolePage, ROWS } from './page.ts';

const FINGERPRINT = Array.from({ length: 32 }, (_value, index) =>
  index.toString(16).padStart(2, '0').toUpperCase(),
).join(':');
const unitOf = (activeState: string, result = 'success'): UnitState => ({
  ...{ activeState, result },
  subState: 'any',
  jobPending: false,
  conditionResult: true,
});
const FACTS: ConsoleFacts = {
  version: '1.0.0',
  addresses: ['192.168.250.1'],
  fingerprint: FINGERPRINT,
  oneTimeCode: 'ABCD-EFGH-JKLM',
  ams: unitOf('active'),
  remoteConnect: unitOf('inactive'),
};

function linesOf(facts: Partial<ConsoleFacts>): string[] {
  return consolePage({ ...FACTS, ...facts }).split('\n');
}

function expectToFit(lines: readonly string[]): void {
  expect(lines.length).toBeLessThanOrEqual(ROWS);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(COLUMNS);
}

describe('the console page', () => {
  test('says address, fingerprint, code and health on lines of their own', () => {
    const lines = linesOf({});
    expect(lines).toContain('Address: https://192.168.250.1');
    expect(lines).toContain('One-time code: ABCD-EFGH-JKLM');
    expect(lines).toContain('AMS: laeuft / running');
    expect(lines).toContain('remoteConnect: aus / off');
  });

  test('shows the whole fingerprint on two lines, the second below the first', () => {
    const lines = linesOf({});
    const place = lines.findIndex((line) => line.startsWith('SHA-256 fingerprint: '));
    const [first = '', second = ''] = lines.slice(place, place + 2);
    expect(first.slice(21) + second.trimStart()).toBe(FINGERPRINT);
    expect(second.search(/\S/)).toBe(21);
  });

  test('is plain ASCII, whatever comes from outside', () => {
    expect(consolePage({ ...FACTS, version: '1.0.0\u001B[2J', ams: null })).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('fits the oldest screen with the longest version and with IPv6 addresses', () => {
    const lines = linesOf({
      version: `1.0.0-${'very-long-name-of-a-branch.'.repeat(8)}`,
      addresses: ['[2001:0db8:85a3:0000:0000:8a2e:0370:7334]', '[fe80:0000:0000:0000:5054:00ff:fe67:7702%25lan0]'],
    });
    expectToFit(lines);
    expect(lines[0]).toMatch(/\.\.\.$/);
    expect(lines).toContain('Address: https://[2001:0db8:85a3:0000:0000:8a2e:0370:7334]');
  });

  test('tells how many addresses it leaves out', () => {
    const lines = linesOf({ addresses: Array.from({ length: 12 }, (_value, index) => `10.0.0.${index}`) });
    expectToFit(lines);
    expect(lines).toContain('(und 7 weitere / and 7 more)');
  });

  test('fits for any values', () => {
    const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }));
    const unit = text.map((result) => unitOf('failed', result));
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 40 }), text, unit, (version, addresses, code, ams) => {
        expectToFit(linesOf({ version, addresses, oneTimeCode: code, ams }));
      }),
    );
  });
});
