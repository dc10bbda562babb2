/** The Device Provisioning Service apart from its transports: registering, and asking how far a registration is. */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { HubDevice, HubGroup, HubListener } from '../hub.ts';
import { type Credentials, type Proof, proveByGroup, proveDevice } from './credentials.ts';
import type { DeviceRegistry } from './device-registry.ts';
import { newDevice } from './new-device.ts';

/** Seconds that a device is asked to wait before it polls. */
export const RETRY_AFTER = 1;

export interface ProvisioningAnswer {
  readonly status: 200 | 202 | 400 | 401 | 404;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ProvisioningCaller {
  readonly idScope: string;
  readonly registrationId: string;
  readonly credentials: Credentials;
}

export interface RegistrationsOptions {
  readonly registry: DeviceRegistry;
  readonly idScope: string;
  readonly assignedHub: string;
  /** With so many devices the hub is full, and a registration fails. */
  readonly maxDevices: number;
  readonly listener: HubListener;
  /** The certificate of a device is another one than before: its connection ends. */
  readonly onReplaced: (registrationId: string) => void;
}

/** Who lets a caller in: an enrolment of its own (or the one it got by a group), or a group. */
type Admission =
  | { readonly by: 'device'; readonly device: HubDevice }
  | { readonly by: 'group'; readonly group: HubGroup; readonly proof: Proof };

const registerBody = z.looseObject({ registrationId: z.string() });

export class Registrations {
  readonly #options: RegistrationsOptions;
  /** The newest operation of each gateway. */
  readonly #operations = new Map<string, string>();

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /** May the caller ask at all? */
  isKnown(caller: ProvisioningCaller): boolean {
    return this.#admit(caller) !== null;
  }

  /**
   * `body`: the parsed JSON of the request, or null.
   * @throws whatever the storage or the listener throws
   */
  async register(caller: ProvisioningCaller, body: unknown): Promise<ProvisioningAnswer> {
    const admission = this.#admit(caller);
    if (admission === null) return unauthorized();
    const { registrationId } = caller;
    const parsed = registerBody.safeParse(body);
    if (!parsed.success || parsed.data.registrationId !== registrationId)
      return failure(400, 400_004, 'The body does not name the registration id.');
    if (admission.by === 'group') await this.#takeIn(caller, admission.group, admission.proof);
    const operationId = `4.${createHash('sha256').update(registrationId).digest('hex').slice(0, 16)}.${randomUUID()}`;
    this.#operations.set(registrationId, operationId);
    return { status: 202, body: { operationId, status: 'assigning' } };
  }

  operation(caller: ProvisioningCaller, operationId: string): ProvisioningAnswer {
    const admission = this.#admit(caller);
    if (admission === null) return unauthorized();
    if (this.#operations.get(caller.registrationId) !== operationId)
      return failure(404, 404_209, 'There is no such operation.');
    const registrationState = this.#state(caller, admission);
    return { status: 200, body: { operationId, status: registrationState.status, registrationState } };
  }

  /** "Device Registration Status Lookup" of the HTTPS interface. */
  lookup(caller: ProvisioningCaller): ProvisioningAnswer {
    const admission = this.#admit(caller);
    return admission === null ? unauthorized() : { status: 200, body: this.#state(caller, admission) };
  }

  #admit({ idScope, registrationId, credentials }: ProvisioningCaller): Admission | null {
    const { registry } = this.#options;
    if (idScope !== this.#options.idScope) return null;
    const resource = `${idScope}/registrations/${registrationId}`;
    const purpose = { resource, keyName: 'registration', now: Date.now() };
    const device = registry.find(registrationId);
    // A device with an enrolment of its own comes in by that, never by a group.
    if (device !== null && device.attestation.kind !== 'group')
      return proveDevice(device, credentials, purpose, registry.groups) === null ? null : { by: 'device', device };
    for (const group of registry.groups.values()) {
      const proof = proveByGroup(registrationId, group, credentials, purpose);
      if (proof !== null) return { by: 'group', group, proof };
    }
    return null;
  }

  /** As Azure does it: who registers with a new certificate of the same group is known by that from then on. */
  async #takeIn({ registrationId, credentials }: ProvisioningCaller, group: HubGroup, proof: Proof): Promise<void> {
    const { registry, maxDevices, listener, onReplaced } = this.#options;
    const known = registry.find(registrationId);
    if (known?.status === 'disabled' || (known === null && registry.size >= maxDevices)) return;
    const certificatePem = credentials.certificate?.chain()[0]?.toString() ?? null;
    await listener.appeared?.(registrationId, { groupId: group.groupId, certificatePem });
    const fingerprint = proof.proof === 'certificate' ? proof.fingerprint : null;
    const attestation = { kind: 'group', groupId: group.groupId, fingerprint } as const;
    const now = new Date().toISOString();
    let replaced = false;
    await registry.put(registrationId, (former) => {
      if (former === null) return newDevice(registrationId, attestation, now);
      // An administrator was faster and added it by name.
      if (former.attestation.kind !== 'group') return former;
      if (former.attestation.groupId === group.groupId && former.attestation.fingerprint === fingerprint) return former;
      replaced = true;
      return { ...former, attestation, lastUpdatedAt: now };
    });
    if (replaced) onReplaced(registrationId);
  }

  #state({ registrationId }: ProvisioningCaller, admission: Admission) {
    const { registry, assignedHub } = this.#options;
    const device = registry.find(registrationId);
    const how =
      (admission.by === 'device' ? admission.device : admission.group).attestation.kind === 'symmetric-key'
        ? { symmetricKey: { ...(admission.by === 'group' ? { enrollmentGroupId: admission.group.groupId } : {}) } }
        : { x509: { ...(admission.by === 'group' ? { enrollmentGroupId: admission.group.groupId } : {}) } };
    const common = {
      ...how,
      registrationId,
      createdDateTimeUtc: device?.createdAt,
      lastUpdatedDateTimeUtc: device?.lastUpdatedAt,
      etag: Buffer.from(createHash('sha256').update(`${device?.lastUpdatedAt}`).digest('hex').slice(0, 16)).toString(
        'base64',
      ),
    };
    if (device === null)
      return { ...common, status: 'failed', errorCode: 403_002, errorMessage: 'The hub takes no more devices.' };
    if (device.status === 'disabled')
      return { ...common, status: 'disabled', errorCode: 403_001, errorMessage: 'The enrollment is disabled.' };
    return {
      ...common,
      assignedHub,
      deviceId: registrationId,
      status: 'assigned',
      substatus: 'initialAssignment',
    };
  }
}

export function failure(status: 400 | 401 | 404, errorCode: number, message: string): ProvisioningAnswer {
  return {
    status,
    body: { errorCode, trackingId: randomUUID(), message, timestampUtc: new Date().toISOString() },
  };
}

function unauthorized(): ProvisioningAnswer {
  return failure(401, 401_002, 'Unauthorized');
}
