import { describe, expect, test } from 'vitest';
import { debianPackages, licenseExpression, spdxDocument } from './bill-of-materials.ts';

const bash = { type: 'deb', name: 'bash', version: '5.2.37-2+b10', architecture: 'amd64' };
const zod = { name: 'zod', version: '4.6.7', license: 'MIT' };
const argon2 = { name: '@node-rs/argon2', version: '2.2.1', license: null };

function document() {
  return spdxDocument({
    version: '1.2.3',
    debian: debianPackages([JSON.stringify({ packages: [bash] })]),
    contents: {
      programs: [
        { name: 'ams', packages: [zod] },
        { name: 'console', packages: [zod] },
      ],
      packages: [argon2],
    },
  });
}

function purls(): (string | undefined)[] {
  return document().packages.map(({ externalRefs }) => externalRefs?.[0]?.referenceLocator);
}

describe("the image's bill of materials", () => {
  test('names packages of Debian and of npm by their package URLs, each once', () => {
    expect(purls().filter((purl) => purl !== undefined)).toEqual([
      'pkg:deb/debian/bash@5.2.37-2%2Bb10?arch=amd64&distro=trixie',
      'pkg:npm/%40node-rs/argon2@2.2.1',
      'pkg:npm/zod@4.6.7',
    ]);
  });

  test('says of each program what is bundled into it', () => {
    const parts = document().relationships.filter(({ relatedSpdxElement }) => relatedSpdxElement.includes('zod'));
    expect(parts.map(({ spdxElementId }) => spdxElementId)).toEqual(['SPDXRef-program-ams', 'SPDXRef-program-console']);
  });

  test('speaks of no element that it does not have', () => {
    const { packages, relationships } = document();
    const known = new Set(['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)]);
    const named = relationships.flatMap(({ spdxElementId, relatedSpdxElement }) => [spdxElementId, relatedSpdxElement]);
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });

  test('is the same for the same image', () => {
    expect(document()).toEqual(document());
  });

  test('gives a package that is in the image and in the initrd once', () => {
    const manifest = JSON.stringify({ packages: [bash] });
    expect(debianPackages([manifest, manifest])).toHaveLength(1);
  });

  test('refuses a manifest of another kind', () => {
    expect(() => debianPackages(['{"packages": [{"type": "rpm"}]}'])).toThrow('packages');
  });

  test.each([
    ['MIT', 'MIT'],
    ['(MIT OR Apache-2.0)', '(MIT OR Apache-2.0)'],
    ['SEE LICENSE IN LICENSE.txt', 'NOASSERTION'],
    [null, 'NOASSERTION'],
  ])('takes the licence %s for %s', (declared, given) => {
    expect(licenseExpression(declared)).toBe(given);
  });
});
