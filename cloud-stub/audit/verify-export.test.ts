/** C7: an export is verified without the cloud; every kind of tampering is found, and the first wrong entry is named. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChainedEntry, RETENTION_ACTION } from './audit-chain.ts';

import { readExport } from './read-export.ts';
import { reportText } from './report-text.ts';
import { chainOf, type EntryText, exportLines, rehashed, verify } from './testing.ts';
import { csvLines, jsonLines } from './write-export.ts';

const FORMATS = ['csv', 'jsonl'] as const;
const KEYS = generateKeyPairSync('ed25519');

const TEXTS: EntryText[] = [
  { actor: 'Anna "A" <anna@plant.example>', origin: '203.0.113.7', action: 'logged-in', details: {} },
  { actor: "=cmd|' /C calc'!A0", origin: null, action: 'login-refused', details: { email: 'line\r\nbreak, comma' } },
  { actor: "'quoted", origin: '', action: 'session-started', details: { b: [1, { z: null, a: 'Größe' }], a: 1.5 } },
  { actor: 'cloud', origin: null, action: 'session-ended', details: { reason: '+1' } },
  { actor: 'gateway gw-1', origin: null, action: 'flow-opened', details: { port: 502 } },
];
const CHAIN = chainOf(TEXTS);

/** The place of an entry among the pieces of the file. */
const pieceOf = (format: (typeof FORMATS)[number], sequence: number) => sequence + (format === 'csv' ? 1 : 0);

const at = (sequence: number): ChainedEntry => {
  const entry = CHAIN[sequence - 1];
  if (entry === undefined) throw new Error('no such entry');
  return entry;
};

describe.each(FORMATS)('as %s', (format) => {
  const write = format === 'csv' ? csvLines : jsonLines;
  const lines = exportLines(format, CHAIN);
  const changed = (change: (pieces: string[]) => void) => {
    const pieces = [...lines];
    change(pieces);
    return verify(pieces);
  };
  const replace = (sequence: number, entry: ChainedEntry) =>
    changed((pieces) => pieces.splice(pieceOf(format, sequence), 1, write.entry(entry)));

  test('C7: an export as it was verifies, and tells how many entries, from when to when, and both hashes', async () => {
    const report = await verify(lines);
    expect(report).toMatchObject({ entries: 5, gaps: 0, problem: null, signature: 'none' });
    const text = reportText('log', report);
    for (const told of ['5 entries', at(1).at, at(5).at, at(1).hash, at(5).hash, 'without a gap', 'VERIFIED.'])
      expect(text).toContain(told);
  });

  test('an export without entries verifies', async () => {
    expect(await verify(exportLines(format, []))).toMatchObject({ entries: 0, problem: null });
  });

  test.each([
    ['actor', { actor: 'someone' }],
    ['time', { at: '2026-01-01T00:02:00.001Z' }],
    ['origin', { origin: null }],
    ['details', { details: { b: [2] } }],
    ['session', { sessionId: '11111111-1111-4111-8111-111111111111' }],
    ['hash', { hash: 'f'.repeat(64) }],
    ['previous hash', { previousHash: 'f'.repeat(64) }],
  ])('C7: another %s is found', async (_what, change) => {
    const report = await replace(3, { ...at(3), ...change });
    expect(report.problem).toMatchObject({ code: 'changed', sequence: 3 });
    expect(reportText('log', report)).toContain('NOT VERIFIED. Entry 3, line');
  });

  test('C7: an entry that was changed and hashed anew is given away by the next one', async () => {
    const report = await replace(3, rehashed({ ...at(3), actor: 'someone' }));
    expect(report.problem).toMatchObject({ code: 'not-following', sequence: 4 });
  });

  test('C7: a last entry that was changed and hashed anew is not the one that the header names', async () => {
    const report = await replace(5, rehashed({ ...at(5), actor: 'someone' }));
    expect(report.problem).toMatchObject({ code: 'wrong-end', sequence: 5 });
  });

  test.each([
    ['first', 1, 'wrong-start', 2],
    ['middle', 3, 'missing', 3],
    ['last', 5, 'wrong-end', 5],
  ])('C7: a removed %s entry is found', async (_which, sequence, code, named) => {
    const report = await changed((pieces) => pieces.splice(pieceOf(format, sequence), 1));
    expect(report.problem).toMatchObject({ code, sequence: named });
  });

  test('C7: two exchanged entries are found', async () => {
    const report = await changed((pieces) => {
      const [one] = pieces.splice(pieceOf(format, 2), 1);
      pieces.splice(pieceOf(format, 3), 0, one ?? '');
    });
    expect(report.problem).toMatchObject({ code: 'missing', sequence: 2 });
  });

  test.each([
    ['the same twice', at(2), 'order', 2],
    ['one with a number of its own', rehashed({ ...at(2), sequence: 3, previousHash: at(2).hash }), 'order', 3],
  ] as const)('C7: an inserted entry is found: %s', async (_what, entry, code, sequence) => {
    const report = await changed((pieces) => pieces.splice(pieceOf(format, 3), 0, write.entry(entry)));
    expect(report.problem?.code).toBe(_what === 'the same twice' ? code : 'order');
    expect(report.problem?.sequence).toBe(sequence);
  });

  test.each([
    ['after a whole entry', (text: string) => text.split('\n').slice(0, -3).join('\n').concat('\n'), 'end-cut'],
    ['the trailer', (text: string) => text.split('\n').slice(0, -2).join('\n').concat('\n'), 'end-cut'],
  ] as const)('C7: an end that was cut off is found: %s', async (_where, cut, code) => {
    expect((await verify([cut(lines.join(''))])).problem?.code).toBe(code);
  });

  test('C7: a beginning that was cut off is found', async () => {
    const text = lines.join('');
    expect((await verify([text.slice(text.indexOf('\n', text.indexOf(at(2).hash)))])).problem?.code).toBe(
      'header-missing',
    );
    const forged = exportLines(format, CHAIN.slice(2));
    expect((await verify(forged)).problem).toMatchObject({ code: 'start-unexplained', sequence: 3 });
  });

  test('something behind the trailer, a second header and a line of another kind are found', async () => {
    expect((await verify([...lines, write.entry(at(5))])).problem?.code).toBe('after-the-end');
    const header = lines[format === 'csv' ? 1 : 0] ?? '';
    expect((await changed((pieces) => pieces.splice(pieceOf(format, 2), 0, header))).problem?.code).toBe(
      'header-twice',
    );
    expect((await changed((pieces) => pieces.splice(pieceOf(format, 2), 0, 'x\n'))).problem).toMatchObject({
      code: 'unreadable',
      sequence: 2,
      place: pieceOf(format, 2) + 1,
    });
  });

  test('C7: a filtered export is told as such; entries verify by themselves, and a removed one is missed in the count', async () => {
    const filter = { gateway: 'gw-1' };
    const some = [at(1), at(3), at(4)];
    const report = await verify(exportLines(format, some, { filter }));
    expect(report).toMatchObject({ entries: 3, gaps: 1, problem: null });
    expect(reportText('log', report)).toContain('not contiguous (1 gap)');
    const pieces = exportLines(format, some, { filter });
    pieces.splice(pieceOf(format, 2), 1);
    expect((await verify(pieces)).problem?.code).toBe('count');
    pieces.splice(pieceOf(format, 2), 0, write.entry(at(2)));
    expect((await verify(pieces)).problem?.code).toBe('digest');
  });

  test('C7: what retention removed is explained by its entry, and only if that names the right hash', async () => {
    const right = chainOf([...TEXTS.slice(2), checkpoint(at(2).hash)], 3, at(2).hash);
    const report = await verify(exportLines(format, right));
    expect(report.problem).toBeNull();
    expect(reportText('log', report)).toContain('Entries 1 to 2 were removed by retention');
    const wrong = chainOf([...TEXTS.slice(2), checkpoint('f'.repeat(64))], 3, at(2).hash);
    expect((await verify(exportLines(format, wrong))).problem).toMatchObject({
      code: 'start-unexplained',
      sequence: 3,
    });
  });

  test('C7: the signature tells an export that was made anew from one of the cloud', async () => {
    const signed = exportLines(format, CHAIN, { key: KEYS.privateKey });
    expect(await verify(signed, KEYS.publicKey)).toMatchObject({ problem: null, signature: 'right' });
    expect(await verify(signed)).toMatchObject({ problem: null, signature: 'not-checked' });
    expect((await verify(lines, KEYS.publicKey)).problem?.code).toBe('not-signed');
    const forged = exportLines(format, chainOf(TEXTS.slice(0, 4)), { key: generateKeyPairSync('ed25519').privateKey });
    expect((await verify(forged)).problem).toBeNull();
    expect((await verify(forged, KEYS.publicKey)).problem?.code).toBe('signature');
  });

  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('=1', "'", '', ',', '"', '\r\n', '-1', '\uFEFF'),
  );
  const entries = fc.array(
    fc.record({
      actor: text,
      origin: fc.option(text),
      action: text,
      details: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
    }),
    { minLength: 1, maxLength: 6 },
  );

  test('C7, property: whatever the entries say, the export reads as it was written, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 40 }), async (texts, size) => {
        const chain = chainOf(JSON.parse(JSON.stringify(texts)));
        const whole = exportLines(format, chain).join('');
        const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
          whole.slice(n * size, (n + 1) * size),
        );
        const read: ChainedEntry[] = [];
        for await (const item of readExport(chunks)) if (item.kind === 'entry') read.push(item.entry);
        expect(read).toEqual(chain);
        expect((await verify(chunks)).problem).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  test('C7: a number that is spelled in another way is a change', async () => {
    const whole = exportLines(format, CHAIN, { key: KEYS.privateKey }).join('');
    for (const [number, spelling] of [
      ['1.5', '1.50'],
      ['502', '5.02e2'],
    ] as const) {
      expect(whole).toContain(number);
      expect((await verify([whole.replace(number, spelling)], KEYS.publicKey)).problem).not.toBeNull();
    }
  });

  test('C7, property: an export of which one character was changed, removed or inserted does not verify', async () => {
    const whole = exportLines(format, CHAIN, { key: KEYS.privateKey }).join('');
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.constantFrom('change', 'remove', 'insert'),
        fc.constantFrom('0', 'x', '"', ',', '{', '\n', ' '),
        async (place, how, character) => {
          const after = whole.slice(place + (how === 'insert' ? 0 : 1));
          const tampered = `${whole.slice(0, place)}${how === 'remove' ? '' : character}${after}`;
          fc.pre(!isTheSame(tampered, whole));
          expect((await verify([tampered], KEYS.publicKey)).problem).not.toBeNull();
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** White space and quotation marks that mean nothing in their format change no word of it. */
function isTheSame(one: string, other: string): boolean {
  return bare(one) === bare(other);
}

function bare(text: string): string {
  return text.replace(/^\uFEFF/, '').replace(/[\s"]/g, '');
}

function checkpoint(lastHash: string): EntryText {
  const details = { from: 1, through: 2, count: 2, lastHash };
  return { actor: 'cloud', origin: null, action: RETENTION_ACTION, details };
}
