/** Finds the sessions of a page of the list, newest first (C7). */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Tables } from '../../store/schema.ts';
import type { Reader } from '../../store/store.ts';
import type { SessionsQuery } from '../contract/history.ts';
import type { User } from '../contract.ts';
import { scopeOf } from '../rights.ts';
import type { SessionRow } from './session-queries.ts';

type Builder = ExpressionBuilder<Tables, 'sessions'>;

/** All that fit, or of these those released to the user. A page begins behind the session `before`, also if that no longer fits. */
export async function findSessions(reader: Reader, user: User, query: SessionsQuery): Promise<SessionRow[]> {
  const isOwnOnly = scopeOf(user.role, 'see-sessions') !== 'all';
  return reader
    .selectFrom('sessions')
    .selectAll()
    .where((builder) =>
      builder.and([
        ...(isOwnOnly ? [isReleasedTo(builder, user.id)] : []),
        ...conditionsOf(builder, query),
        ...(query.before === undefined
          ? []
          : [
              sql<boolean>`(created_at, id) < (
                (select created_at from sessions where id = ${query.before}), ${query.before}::uuid)`,
            ]),
      ]),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit)
    .execute();
}

function conditionsOf(builder: Builder, { state, user, gateway, from, to, search }: SessionsQuery) {
  return [
    ...(state === undefined ? [] : [builder('state', 'in', state)]),
    ...(user === undefined ? [] : [builder.or([isReleasedTo(builder, user), isStartedBy(builder, user)])]),
    ...(gateway === undefined
      ? []
      : [
          builder('id', 'in', (inner) =>
            inner.selectFrom('session_releases').select('session_id').where('gateway', '=', gateway),
          ),
        ]),
    ...(from === undefined && to === undefined ? [] : [wasBetween(builder, from, to)]),
    ...wordsOf(search ?? '').map((word) => says(builder, word)),
  ];
}

function isReleasedTo(builder: Builder, userId: string) {
  return builder('id', 'in', (inner) =>
    inner.selectFrom('session_users').select('session_id').where('user_id', '=', userId),
  );
}

function isStartedBy(builder: Builder, userId: string) {
  return builder('id', 'in', (inner) =>
    inner.selectFrom('session_runs').select('session_id').where('started_by', '=', userId),
  );
}

function wasBetween(builder: Builder, from: string | undefined, to: string | undefined) {
  const ran = builder.exists((inner) => {
    let runs = inner.selectFrom('session_runs as r').select('r.id').whereRef('r.session_id', '=', 'sessions.id');
    if (to !== undefined) runs = runs.where('r.started_at', '<', to);
    if (from !== undefined)
      runs = runs.where((run) => run.or([run('r.ended_at', 'is', null), run('r.ended_at', '>=', from)]));
    return runs;
  });
  const neverRan = builder.and([
    builder('run_id', 'is', null),
    ...(from === undefined ? [] : [builder('created_at', '>=', from)]),
    ...(to === undefined ? [] : [builder('created_at', '<', to)]),
  ]);
  return builder.or([ran, neverRan]);
}

function wordsOf(search: string): string[] {
  return search.split(/\s+/).filter((word) => word !== '');
}

/**
 * The word stands somewhere in what the list shows of the session. People and devices are few: those that have it are found
 * first, and their sessions by the keys. Registration ids and addresses have no capitals.
 */
function says(builder: Builder, word: string) {
  const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  const lowered = sql<string>`lower(${pattern})`;
  return builder.or([
    builder('searched', 'like', lowered),
    builder('id', 'in', (inner) =>
      inner
        .selectFrom('users as u')
        .innerJoin('session_users as su', 'su.user_id', 'u.id')
        .select('su.session_id')
        .where((user) => user.or([user('u.name', 'ilike', pattern), user('u.email', 'ilike', pattern)])),
    ),
    builder('id', 'in', (inner) =>
      inner
        .selectFrom('devices as d')
        .innerJoin('session_releases as sr', (join) =>
          join.onRef('sr.gateway', '=', 'd.gateway').onRef('sr.address', '=', 'd.address'),
        )
        .select('sr.session_id')
        .where('d.name', 'ilike', pattern),
    ),
    builder('id', 'in', (inner) =>
      inner
        .selectFrom('session_releases')
        .select('session_id')
        .where((release) => release.or([release('gateway', 'like', lowered), release('address', 'like', lowered)])),
    ),
  ]);
}
