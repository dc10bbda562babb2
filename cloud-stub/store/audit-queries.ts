/** Questions to the audit log. Every page of a list is read along one index, so that it costs the same however long the log is. */
import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely';
import type { AuditFilter } from '../api/contract/history.ts';
import type { AuditEntry } from '../api/contract.ts';
import type { ChainedEntry } from '../audit/audit-chain.ts';
import { chainedEntryOf, ENTRY_COLUMNS, entryOf } from './audit-log.ts';
import { searchQuery } from './audit-words.ts';
import type { Tables } from './schema.ts';
import type { Reader } from './store.ts';

export interface AuditListQuery extends AuditFilter {
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * A search first looks at so many entries from the newest on: what many entries have fills the page there. Only what does not is
 * looked up in the index of words and sorted.
 */
const WINDOW = 5000;
/** Entries of an export that are in memory at once. */
const EXPORT_PAGE = 1000;

type Condition = ExpressionWrapper<Tables, 'audit', SqlBool>;

/** Newest first: by time, and by sequence where times are equal. */
export async function listAudit(reader: Reader, query: AuditListQuery): Promise<AuditEntry[]> {
  const { before, limit, ...filter } = query;
  const after = before === undefined ? null : await placeBelow(reader, before);
  if (after === 'end') return [];
  const wanted = filter.search === undefined ? null : searchQuery(filter.search);
  const conditions = (builder: ExpressionBuilder<Tables, 'audit'>) =>
    builder.and([
      ...conditionsOf(builder, { ...filter, search: undefined }),
      ...(after === null ? [] : [sql<boolean>`(at, sequence) < (${after.at}, ${after.sequence})`]),
    ]);
  const rows = await reader
    .selectFrom((inner) =>
      inner
        .selectFrom('audit')
        .select([...ENTRY_COLUMNS, 'words'])
        .where(conditions)
        .orderBy('at', 'desc')
        .orderBy('sequence', 'desc')
        .limit(wanted === null ? limit : WINDOW)
        .as('newest'),
    )
    .select(ENTRY_COLUMNS)
    .where(wanted === null ? sql<boolean>`true` : sql<boolean>`words @@ ${wanted}::tsquery`)
    .orderBy('at', 'desc')
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
  if (wanted === null || rows.length === limit) return rows.map(entryOf);
  const found = await reader
    .with(
      (cte) => cte('hits').materialized(),
      (db) =>
        db
          .selectFrom('audit')
          .select(['at', 'sequence'])
          .where(conditions)
          .where(sql<boolean>`words @@ ${wanted}::tsquery`),
    )
    .selectFrom('hits')
    .innerJoin('audit', 'audit.sequence', 'hits.sequence')
    .select(ENTRY_COLUMNS.map((name) => `audit.${name}` as const))
    .orderBy('hits.at', 'desc')
    .orderBy('hits.sequence', 'desc')
    .limit(limit)
    .execute();
  return found.map(entryOf);
}

/** Where the next page begins: below the entry `before`, or below where it would stand. */
async function placeBelow(reader: Reader, before: number): Promise<{ at: string; sequence: number } | 'end'> {
  const found = await reader
    .selectFrom('audit')
    .select(['at', 'sequence'])
    .where('sequence', '<=', before)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (found === undefined) return 'end';
  return found.sequence === before ? found : { ...found, sequence: found.sequence + 1 };
}

function conditionsOf(builder: ExpressionBuilder<Tables, 'audit'>, filter: AuditFilter): Condition[] {
  const { from, to, actor, kind, action, session, gateway, origin, search } = filter;
  const wanted = search === undefined ? null : searchQuery(search);
  return [
    ...(from === undefined ? [] : [builder('at', '>=', from)]),
    ...(to === undefined ? [] : [builder('at', '<', to)]),
    ...(actor === undefined ? [] : [builder('actor', '=', actor)]),
    ...(kind === undefined ? [] : [builder('actor_kind', '=', kind)]),
    ...(action === undefined ? [] : [builder('action', '=', action)]),
    ...(session === undefined ? [] : [builder('session_id', '=', session)]),
    ...(gateway === undefined ? [] : [builder('gateway', '=', gateway)]),
    ...(origin === undefined ? [] : [builder('origin', '=', origin)]),
    ...(wanted === null ? [] : [builder(sql<string>`words`, '@@', sql<string>`${wanted}::tsquery`)]),
  ];
}

/** The first or the last entry of the chain, up to `through`, that fits. */
export async function endOfChain(
  reader: Reader,
  filter: AuditFilter,
  through: number,
  end: 'first' | 'last',
): Promise<ChainedEntry | null> {
  const row = await reader
    .selectFrom('audit')
    .select(ENTRY_COLUMNS)
    .where((builder) => builder.and([...conditionsOf(builder, filter), builder('sequence', '<=', through)]))
    .orderBy('sequence', end === 'first' ? 'asc' : 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : chainedEntryOf(row);
}

/** In the order of the chain, a page in memory at a time; each page is a question of its own, so a slow reader holds nothing. */
export async function* chainPages(
  reader: Reader,
  filter: AuditFilter,
  through: number,
  size = EXPORT_PAGE,
): AsyncGenerator<ChainedEntry[]> {
  for (let last = 0; ; ) {
    const rows = await reader
      .selectFrom('audit')
      .select(ENTRY_COLUMNS)
      .where((builder) =>
        builder.and([
          ...conditionsOf(builder, filter),
          builder('sequence', '>', last),
          builder('sequence', '<=', through),
        ]),
      )
      .orderBy('sequence')
      .limit(size)
      .execute();
    const page = rows.map(chainedEntryOf);
    if (page.length > 0) yield page;
    if (page.length < size) return;
    last = page.at(-1)?.sequence ?? last;
  }
}
