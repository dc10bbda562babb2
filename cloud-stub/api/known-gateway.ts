import type { Reader } from '../store/store.ts';
import { Problem } from './errors.ts';

/** @throws Problem not-found for a gateway that is not in the cloud */
export async function requireGateway(reader: Reader, registrationId: string): Promise<void> {
  const known = await reader
    .selectFrom('gateways')
    .select('registration_id')
    .where('registration_id', '=', registrationId)
    .executeTakeFirst();
  if (known === undefined) throw new Problem('not-found');
}
