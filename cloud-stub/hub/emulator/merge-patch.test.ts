import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isJsonObject, mergePatch, smallestPatch } from './merge-patch.ts';

/** Objects without null, as a patch can write them; with names that tempt a careless implementation. */
const withoutNull = fc
  .letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.integer(),
      fc.string(),
      fc.array(fc.integer(), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString'), tie('value'), {
      maxKeys: 4,
    }),
  }))
  .object.map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)));

test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
])('RFC 7396, appendix A: %s patched with %s is %s', (target, patch, result) => {
  expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
});

test('C6: a patch made of two documents turns the one into the other', () => {
  fc.assert(
    fc.property(withoutNull, withoutNull, (from, to) => {
      expect(mergePatch(from, smallestPatch(from, to))).toEqual(to);
    }),
  );
});

test('C6: nothing of a patch can be left out', () => {
  fc.assert(
    fc.property(withoutNull, withoutNull, (from, to) => {
      for (const name of Object.keys(smallestPatch(from, to))) {
        const rest = Object.entries(smallestPatch(from, to)).filter(([other]) => other !== name);
        expect(mergePatch(from, Object.fromEntries(rest))).not.toEqual(to);
      }
    }),
  );
});

test('C6: equal documents need no patch, whatever the order of their members', () => {
  fc.assert(
    fc.property(withoutNull, (document) => {
      const reordered = Object.fromEntries(Object.entries(document).toReversed());
      expect(Object.keys(smallestPatch(document, reordered))).toEqual([]);
    }),
  );
});

test('a patch changes no document in place', () => {
  fc.assert(
    fc.property(withoutNull, fc.object(), (target, patch) => {
      const before = structuredClone(target);
      mergePatch(target, patch);
      expect(target).toEqual(before);
      expect(isJsonObject(target)).toBe(true);
    }),
  );
});
