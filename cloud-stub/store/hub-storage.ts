import type { HubDevice, HubStorage } from '../hub/hub.ts';
import type { Store } from './store.ts';

type FirstForm = Omit<HubDevice, 'attestation' | 'status' | 'pendingMessages'> & { readonly certificatePem: string };

/** What the hub emulator remembers, in the cloud's store. */
export function hubStorage(store: Store): HubStorage {
  return {
    async load() {
      const rows = await store.read.selectFrom('hub_devices').select('document').execute();
      return rows.map(({ document }) => currentForm(document));
    },
    async save(device) {
      const document = JSON.stringify(device);
      await store.write((writer) =>
        writer
          .insertInto('hub_devices')
          .values({ registration_id: device.registrationId, document })
          .onConflict((conflict) => conflict.column('registration_id').doUpdateSet({ document }))
          .execute(),
      );
    },
    async remove(registrationId) {
      await store.write((writer) =>
        writer.deleteFrom('hub_devices').where('registration_id', '=', registrationId).execute(),
      );
    },
    async loadGroups() {
      const rows = await store.read.selectFrom('hub_groups').select('document').execute();
      return rows.map(({ document }) => document);
    },
    async saveGroup(group) {
      const document = JSON.stringify(group);
      await store.write((writer) =>
        writer
          .insertInto('hub_groups')
          .values({ group_id: group.groupId, document })
          .onConflict((conflict) => conflict.column('group_id').doUpdateSet({ document }))
          .execute(),
      );
    },
    async removeGroup(groupId) {
      await store.write((writer) => writer.deleteFrom('hub_groups').where('group_id', '=', groupId).execute());
    },
  };
}

/** Documents of before the migration 0006-hub knew one kind of attestation and no other status. */
function currentForm(document: HubDevice | FirstForm): HubDevice {
  if ('attestation' in document) return document;
  const { certificatePem, ...rest } = document;
  return {
    ...rest,
    attestation: { kind: 'certificate', certificatePem },
    status: 'enabled',
    pendingMessages: [],
  };
}
