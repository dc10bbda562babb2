/**
 * A copy of one half of the device twin, kept in step by versions.
 *
 * The SDK's own copy is not used: it merges arrays element by element, so that an address taken out of a list of
 * released addresses would stay in it.
 */
import { z } from 'zod';

export interface TwinDocument {
  readonly version: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

const versioned = z.looseObject({ $version: z.int().min(0) });

export type PatchOutcome =
  | { readonly outcome: 'applied'; readonly document: TwinDocument }
  /** At or below the version we have: a repetition. */
  | { readonly outcome: 'ignored' }
  /** Something between is missing, or the patch is not one: the twin must be read afresh. */
  | { readonly outcome: 'gap' };

/** Reads the whole document as the hub sends it; null when it is not one. */
export function parseTwinDocument(value: unknown): TwinDocument | null {
  const parsed = versioned.safeParse(value).data;
  return parsed === undefined ? null : { version: parsed.$version, properties: withoutService(parsed) };
}

export function applyTwinPatch(document: TwinDocument, value: unknown): PatchOutcome {
  const patch = parseTwinDocument(value);
  if (patch === null) return { outcome: 'gap' };
  if (patch.version <= document.version) return { outcome: 'ignored' };
  if (patch.version !== document.version + 1) return { outcome: 'gap' };
  return {
    outcome: 'applied',
    document: { version: patch.version, properties: mergePatch(document.properties, patch.properties) },
  };
}

type Members = Readonly<Record<string, unknown>>;

/** RFC 7396: null deletes, objects merge, everything else (arrays too) replaces. */
export function mergePatch(target: Members, patch: Members): Members {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (isMembers(value)) {
      const old = merged.get(name);
      merged.set(name, mergePatch(isMembers(old) ? old : {}, value));
    } else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** The smallest patch that makes `wanted` of `known`; null when they are equal. */
export function patchBetween(known: Members, wanted: Members): Members | null {
  const patch = new Map<string, unknown>();
  for (const name of Object.keys(known)) if (!Object.hasOwn(wanted, name)) patch.set(name, null);
  for (const [name, value] of Object.entries(wanted)) {
    const old = Object.hasOwn(known, name) ? known[name] : undefined;
    if (isMembers(value) && isMembers(old)) {
      const inner = patchBetween(old, value);
      if (inner !== null) patch.set(name, inner);
    } else if (JSON.stringify(value) !== JSON.stringify(old)) patch.set(name, value);
  }
  return patch.size === 0 ? null : Object.fromEntries(patch);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `$version` and `$metadata` belong to the hub. */
function withoutService(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !name.startsWith('$')));
}
