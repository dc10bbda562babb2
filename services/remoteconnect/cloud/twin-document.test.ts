import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyTwinPatch, mergePatch, parseTwinDocument, patchBetween } from './twin-document.ts';

/** Twin properties: JSON without nulls, for null deletes. */
const members = fc.dictionary(
  fc.string({ maxLength: 4 }).filter((name) => !name.startsWith('$') && name !== '__proto__'),
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.array(fc.integer()),
      fc.dictionary(
        fc.string({ maxLength: 4 }).filter((name) => name !== '__proto__'),
        tie('value'),
      ),
    ),
  })).value,
);

describe('a copy of the device twin', () => {
  it('becomes the wanted one by the patch between them', () => {
    fc.assert(
      fc.property(members, members, (known, wanted) => {
        const patch = patchBetween(known, wanted);
        const merged: unknown = patch === null ? known : mergePatch(known, patch);
        expect(JSON.parse(JSON.stringify(merged))).toEqual(JSON.parse(JSON.stringify(wanted)));
      }),
    );
  });

  it('needs no patch to stay what it is', () => {
    fc.assert(
      fc.property(members, (known) => {
        expect(patchBetween(known, structuredClone(known))).toBeNull();
      }),
    );
  });

  it('takes only what differs into the patch', () => {
    const known = { version: '1', sessions: { a: { state: 'prepared' }, b: { state: 'prepared' } } };
    const wanted = { version: '1', sessions: { a: { state: 'connected' } } };
    expect(patchBetween(known, wanted)).toEqual({ sessions: { a: { state: 'connected' }, b: null } });
  });

  it('replaces a list whole, so that a released address can be taken back', () => {
    expect(mergePatch({ released: [1, 2] }, { released: [1] })).toEqual({ released: [1] });
  });

  it('takes the next version, ignores those it has, and sees a gap', () => {
    const document = { version: 4, properties: { a: 1 } };
    expect(applyTwinPatch(document, { $version: 5, a: 2 })).toEqual({
      outcome: 'applied',
      document: { version: 5, properties: { a: 2 } },
    });
    expect(applyTwinPatch(document, { $version: 4, a: 2 })).toEqual({ outcome: 'ignored' });
    expect(applyTwinPatch(document, { $version: 6, a: 2 })).toEqual({ outcome: 'gap' });
    expect(applyTwinPatch(document, { a: 2 })).toEqual({ outcome: 'gap' });
  });

  it('is read from anything without an exception, and only from an object with a version', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const document = parseTwinDocument(value);
        expect(document === null || document.version >= 0).toBe(true);
      }),
    );
  });
});
