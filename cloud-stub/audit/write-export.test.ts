import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readExport } from './read-export.ts';
import { chainOf, type EntryText, exportLines, verify } from './testing.ts';

const HOSTILE = 'x\r\nLOGIN_OK user=admin\u001b[2K\u009b2J\u0085\u2028,"a"\u202e';
const BESIDES = { csv: 3, jsonl: 2 } as const;

async function entriesOf(lines: readonly string[]) {
  const read = [];
  for await (const item of readExport(lines)) if (item.kind === 'entry') read.push(item.entry);
  return read;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).map((any) => any.toWellFormed()),
  fc.constantFrom(HOSTILE, `'"`, `'"x"`, '"', '\\', '\\n', '=\n', "'\r", '\t', ''),
);

test.each(['csv', 'jsonl'] as const)('K64: an entry is one line of %s, whatever its texts hold', async (format) => {
  const record = fc.record({
    actor: text,
    origin: fc.option(text),
    action: text,
    details: fc.dictionary(text, fc.array(text, { maxLength: 2 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 4 }), async (texts) => {
      const chain = chainOf(JSON.parse(JSON.stringify(texts)));
      const lines = exportLines(format, chain);
      expect(lines).toHaveLength(texts.length + BESIDES[format]);
      for (const line of lines) expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u202e]*\r?\n$/u);
      expect(await entriesOf(lines)).toEqual(chain);
      expect((await verify(lines)).problem).toBeNull();
    }),
  );
});

test('K64: control characters are shown where they stand, and a search for a line finds none', () => {
  const entry: EntryText = { actor: HOSTILE, origin: null, action: 'login-refused', details: { email: HOSTILE } };
  const whole = exportLines('csv', chainOf([entry])).join('');
  expect(whole.split(/\r?\n/).filter((line) => /^"?LOGIN_OK/.test(line))).toEqual([]);
  expect(whole).toContain(String.raw`'""x\r\nLOGIN_OK user=admin\u001b[2K\u009b2J\u0085\u2028`);
});

test('what was written in lines of its own before is still read', async () => {
  const [entry] = chainOf([{ actor: 'one\r\ntwo', origin: null, action: '\nthree', details: {} }]);
  if (entry === undefined) throw new Error('no entry');
  const { sequence, at, previousHash, hash } = entry;
  const cells = [sequence, at, '"one\r\ntwo"', '', `"'\nthree"`, '', '', '{}', previousHash, hash];
  const names = exportLines('csv', [])[0] ?? '';
  expect(await entriesOf([names, `${cells.join(',')}\r\n`])).toEqual([entry]);
});
