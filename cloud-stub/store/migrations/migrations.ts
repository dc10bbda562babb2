/** Every change of the tables, in the order of their names; what was released is never edited, only followed. */
import type { Migration } from 'kysely/migration';
import { firstTables } from './0001-first-tables.ts';
import { userAccounts } from './0002-user-accounts.ts';
import { sessionRules } from './0003-session-rules.ts';
import { history } from './0004-history.ts';
import { operations } from './0005-operations.ts';
import { hub } from './0006-hub.ts';
import { devices } from './0007-devices.ts';
import { furtherHubWork } from './0008-further-hub-work.ts';
import { sessionSearch } from './0009-session-search.ts';
import { presharedKeys } from './0010-preshared-keys.ts';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-user-accounts': userAccounts,
  '0003-session-rules': sessionRules,
  '0004-history': history,
  '0005-operations': operations,
  '0006-hub': hub,
  '0007-devices': devices,
  '0008-further-hub-work': furtherHubWork,
  '0009-session-search': sessionSearch,
  '0010-preshared-keys': presharedKeys,
};
