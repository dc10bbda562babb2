/**
 * nftables by its own program with JSON (nft(8), libnftables-json(5)).
 */
import { z } from 'zod';
import { CommandError, runCommand } from './run-command.ts';

export interface NftablesTable {
  readonly family: 'inet';
  readonly name: string;
}

/** One object of libnftables-json(5): a command on the way in, a thing that exists on the way out. */
export type NftablesObject = Readonly<Record<string, unknown>>;

const listing = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });
export type NftablesListing = z.infer<typeof listing>;

/**
 * @returns null when there is no such table
 * @throws CommandError
 */
export async function listTable(table: NftablesTable): Promise<NftablesListing | null> {
  try {
    return listing.parse(JSON.parse(await runCommand('nft', ['--json', 'list', 'table', table.family, table.name])));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Nothing happens when there is no such table.
 * @throws CommandError
 */
export async function removeTable(table: NftablesTable): Promise<void> {
  try {
    await runCommand('nft', ['delete', 'table', table.family, table.name]);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * Runs these commands as one transaction: all of them or none.
 * @throws CommandError
 */
export async function replaceRuleset(ruleset: readonly NftablesObject[]): Promise<void> {
  await runCommand('nft', ['--json', '--file', '-'], { input: JSON.stringify({ nftables: ruleset }) });
}

/** A table, or what should be in it, is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof CommandError && /No such file or directory/.test(error.stderr);
}
