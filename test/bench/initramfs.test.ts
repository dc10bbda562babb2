import { expect, test } from 'vitest';
import { initramfs } from './initramfs.ts';

const aligned = (place: number) => Math.ceil(place / 4) * 4;

/** Name, mode and content of each entry, read as the format's description tells. */
function entriesOf(archive: Buffer): { name: string; mode: number; content: string }[] {
  const entries = [];
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const number = (field: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * field, at + 14 + 8 * field), 16);
    const content = aligned(at + 110 + number(11));
    entries.push({
      name: archive.toString('utf8', at + 110, at + 109 + number(11)),
      mode: number(1),
      content: archive.toString('utf8', content, content + number(6)),
    });
    at = aligned(content + number(6));
  }
  return entries;
}

test('an initramfs has every folder before what is in it, and ends with the trailer', () => {
  const archive = initramfs([
    { path: 'usr/bin/one', kind: 'program', content: 'abcde' },
    { path: 'init', kind: 'link', content: 'usr/bin/one' },
    { path: 'proc', kind: 'directory' },
  ]);
  expect(entriesOf(archive)).toEqual([
    { name: 'proc', mode: 0o040755, content: '' },
    { name: 'usr', mode: 0o040755, content: '' },
    { name: 'usr/bin', mode: 0o040755, content: '' },
    { name: 'usr/bin/one', mode: 0o100755, content: 'abcde' },
    { name: 'init', mode: 0o120777, content: 'usr/bin/one' },
    { name: 'TRAILER!!!', mode: 0, content: '' },
  ]);
});
