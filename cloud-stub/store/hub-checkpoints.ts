import type { HubCheckpoints } from '../hub/azure/hub-event-source.ts';
import type { Store } from './store.ts';

/** How far the events of Azure's hub have been taken in, in the cloud's store. */
export function hubCheckpoints(store: Store): HubCheckpoints {
  return {
    async load() {
      const rows = await store.read.selectFrom('hub_checkpoints').selectAll().execute();
      return new Map(rows.map(({ partition, offset }) => [partition, offset]));
    },
    async save(partition, offset) {
      await store.write((writer) =>
        writer
          .insertInto('hub_checkpoints')
          .values({ partition, offset })
          .onConflict((conflict) => conflict.column('partition').doUpdateSet({ offset }))
          .execute(),
      );
    },
  };
}
