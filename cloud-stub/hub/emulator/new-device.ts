import type { Attestation, HubDevice } from '../hub.ts';

/** Both halves of a twin begin with version 1. */
export function newDevice(registrationId: string, attestation: Attestation, now: string): HubDevice {
  return {
    registrationId,
    attestation,
    status: 'enabled',
    desired: { properties: {}, version: 1 },
    reported: { properties: {}, version: 1 },
    subscriptions: {},
    pendingMessages: [],
    createdAt: now,
    lastUpdatedAt: now,
  };
}
