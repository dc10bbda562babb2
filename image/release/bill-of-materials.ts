/** The image's bill of materials in the form of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/). */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { NpmPackage } from '../builder/npm-packages.ts';
import type { Payload } from '../builder/payload.ts';

const UNKNOWN = 'NOASSERTION';
/** Of ours. */
const LICENSE = 'Apache-2.0';
/** The time of the files in the image, so that one tree always gives the same document. */
const CREATED = '2026-01-01T00:00:00Z';
const IMAGE_ID = 'SPDXRef-edgegateway';

export interface DebianPackage {
  name: string;
  version: string;
  architecture: string;
}

interface SpdxPackage {
  SPDXID: string;
  name: string;
  versionInfo: string;
  downloadLocation: typeof UNKNOWN;
  filesAnalyzed: false;
  licenseConcluded: typeof UNKNOWN;
  licenseDeclared: string;
  copyrightText: typeof UNKNOWN;
  primaryPackagePurpose?: 'OPERATING-SYSTEM' | 'APPLICATION';
  externalRefs?: { referenceCategory: 'PACKAGE-MANAGER'; referenceType: 'purl'; referenceLocator: string }[];
}

interface Relationship {
  spdxElementId: string;
  relationshipType: 'DESCRIBES' | 'CONTAINS';
  relatedSpdxElement: string;
}

export interface SpdxDocument {
  spdxVersion: 'SPDX-2.3';
  dataLicense: 'CC0-1.0';
  SPDXID: 'SPDXRef-DOCUMENT';
  name: string;
  documentNamespace: string;
  creationInfo: { created: string; creators: string[] };
  packages: SpdxPackage[];
  relationships: Relationship[];
}

const manifest = z.object({
  packages: z.array(
    z.object({ type: z.literal('deb'), name: z.string(), version: z.string(), architecture: z.string() }),
  ),
});

/** Takes manifests as mkosi writes them; a package that stands in several is given once. */
export function debianPackages(manifests: readonly string[]): DebianPackage[] {
  const all = manifests.flatMap((text) => manifest.parse(JSON.parse(text)).packages);
  const different = new Map(all.map((one) => [`${one.name} ${one.version} ${one.architecture}`, one]));
  return [...different.values()].map(({ name, version, architecture }) => ({ name, version, architecture }));
}

/** An identifier has letters, digits, dots and hyphens only (section 3.2 of the specification). */
function identifier(...words: string[]): string {
  return `SPDXRef-${words.join('-').replaceAll(/[^A-Za-z0-9.-]/g, '-')}`;
}

function packageOf(id: string, name: string, versionInfo: string, licenseDeclared: string): SpdxPackage {
  return {
    SPDXID: id,
    name,
    versionInfo,
    downloadLocation: UNKNOWN,
    filesAnalyzed: false,
    licenseConcluded: UNKNOWN,
    licenseDeclared,
    copyrightText: UNKNOWN,
  };
}

function withPurl(one: SpdxPackage, purl: string): SpdxPackage {
  const reference = { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl } as const;
  return { ...one, externalRefs: [reference] };
}

/** https://github.com/package-url/purl-spec, types `deb` and `npm`. */
function debianPackage({ name, version, architecture }: DebianPackage): SpdxPackage {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=trixie`;
  return withPurl(packageOf(identifier('deb', name, version), name, version, UNKNOWN), purl);
}

/** A word of the license list, or words joined by the operators of SPDX; all else has no meaning there. */
export function licenseExpression(license: string | null): string {
  return license !== null && /^\(?[A-Za-z0-9.+-]+(?:\)? (?:AND|OR|WITH) \(?[A-Za-z0-9.+-]+)*\)?$/.test(license)
    ? license
    : UNKNOWN;
}

function npmPackage({ name, version, license }: NpmPackage): SpdxPackage {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
  return withPurl(packageOf(identifier('npm', name, version), name, version, licenseExpression(license)), purl);
}

function contains(whole: string, parts: readonly SpdxPackage[]): Relationship[] {
  return parts.map(({ SPDXID }) => ({
    spdxElementId: whole,
    relationshipType: 'CONTAINS',
    relatedSpdxElement: SPDXID,
  }));
}

export function spdxDocument(options: {
  version: string;
  debian: readonly DebianPackage[];
  contents: Payload;
}): SpdxDocument {
  const { version, debian, contents } = options;
  const image = packageOf(IMAGE_ID, 'edgegateway', version, UNKNOWN);
  const programs = contents.programs.map(({ name, packages }) => ({
    program: packageOf(identifier('program', name), `edgegateway-${name}`, version, LICENSE),
    parts: packages.map(npmPackage),
  }));
  const direct = [...debian.map(debianPackage), ...contents.packages.map(npmPackage)];
  const all = [...direct, ...programs.flatMap(({ parts }) => parts)];
  const packages: SpdxPackage[] = [
    { ...image, primaryPackagePurpose: 'OPERATING-SYSTEM' },
    ...programs.map(({ program }): SpdxPackage => ({ ...program, primaryPackagePurpose: 'APPLICATION' })),
    ...new Map(all.map((one) => [one.SPDXID, one])).values(),
  ];
  const relationships: Relationship[] = [
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: IMAGE_ID },
    ...contains(IMAGE_ID, [...programs.map(({ program }) => program), ...direct]),
    ...programs.flatMap(({ program, parts }) => contains(program.SPDXID, parts)),
  ];
  const name = `edgegateway_${version}`;
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${digest(packages)}`,
    creationInfo: { created: CREATED, creators: ['Organization: edgeGateway remoteConnect'] },
    packages,
    relationships,
  };
}

/** Two documents with the same content may have the same name, and no others. */
function digest(packages: readonly SpdxPackage[]): string {
  return createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 32);
}
