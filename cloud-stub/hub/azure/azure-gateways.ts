/** Enrolments in DPS and identities in IoT Hub: letting gateways in, keeping them out, removing them. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { checkedAuthority, checkedCertificate } from '../emulator/device-certificate.ts';
import { orNull, statusOf } from './azure-call.ts';
import type { AzureClients } from './azure-clients.ts';

export type Call = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** What of an individual enrolment is looked at; the rest is Azure's. */
const enrollment = z.looseObject({
  registrationId: z.string(),
  etag: z.string(),
  provisioningStatus: z.enum(['enabled', 'disabled']),
  attestation: z.looseObject({
    x509: z
      .looseObject({
        clientCertificates: z
          .looseObject({ primary: z.looseObject({ info: z.looseObject({ sha256Thumbprint: z.string() }) }) })
          .optional(),
      })
      .optional(),
  }),
});

const identity = z.looseObject({ deviceId: z.string(), status: z.enum(['enabled', 'disabled']) });

const registration = z.looseObject({ enrollmentGroupId: z.string().optional() });

const PAGE = 100;

export class AzureGateways {
  readonly #clients: AzureClients;
  readonly #call: Call;
  /** What DPS said last, so that a cloud that starts does not ask for a thousand gateways one by one. */
  readonly #enrollments = new Map<string, z.infer<typeof enrollment>>();
  readonly #statuses = new Map<string, 'enabled' | 'disabled'>();

  constructor(clients: AzureClients, call: Call) {
    this.#clients = clients;
    this.#call = call;
  }

  /** Reads all enrolments, page by page. */
  async load(): Promise<void> {
    const query = this.#clients.provisioning.createIndividualEnrollmentQuery(
      { query: 'SELECT * FROM enrollments' },
      PAGE,
    );
    do {
      const page = z
        .array(z.unknown())
        .parse(bodyOf(await this.#call(() => query.next(query.continuationToken))) ?? []);
      for (const row of page) this.#note(enrollment.parse(row));
    } while (query.hasMoreResults);
  }

  noteStatus(id: string, status: 'enabled' | 'disabled'): void {
    this.#statuses.set(id, status);
  }

  async enroll(id: string, certificatePem: string): Promise<void> {
    const checked = checkedCertificate(certificatePem, id);
    const thumbprint = thumbprintOf(checked);
    const known = await this.#enrollment(id);
    const former = known?.attestation.x509?.clientCertificates?.primary.info.sha256Thumbprint.toUpperCase();
    if (former === thumbprint) return;
    const clientCertificates = { primary: { certificate: checked } };
    await this.#put(id, {
      registrationId: id,
      deviceId: id,
      attestation: { type: 'x509', x509: { clientCertificates } },
      provisioningStatus: known?.provisioningStatus ?? 'enabled',
      ...(known === null ? {} : { etag: known.etag }),
    });
    // DPS tells the hub only when the gateway asks it again: the former certificate must not be good until then.
    if (known !== null) await this.#changeIdentity(id, thumbprintAuthentication(thumbprint));
  }

  async remove(id: string): Promise<void> {
    const { provisioning, registry } = this.#clients;
    this.#enrollments.delete(id);
    this.#statuses.delete(id);
    await this.#gone(() => provisioning.deleteIndividualEnrollment(id));
    await this.#gone(() => provisioning.deleteDeviceRegistrationState(id));
    await this.#gone(() => registry.delete(id));
  }

  /** The hub closes the connection of a device that is disabled. */
  async setStatus(id: string, status: 'enabled' | 'disabled'): Promise<void> {
    const known = await this.#enrollment(id);
    if (known !== null && known.provisioningStatus !== status)
      await this.#put(id, { ...known, provisioningStatus: status });
    if (this.#statuses.get(id) === status) return;
    await this.#changeIdentity(id, { status });
  }

  async enrollGroup(groupId: string, caPem: string): Promise<void> {
    const certificate = checkedAuthority(caPem);
    const { provisioning } = this.#clients;
    const known = await orNull(this.#call(() => provisioning.getEnrollmentGroup(groupId)));
    // Azure does not hand the certificate out again; a group is never changed here, only made and removed.
    if (known !== null) return;
    const signingCertificates = { primary: { certificate } };
    await this.#call(() =>
      provisioning.createOrUpdateEnrollmentGroup(
        forSdk({
          enrollmentGroupId: groupId,
          attestation: { type: 'x509', x509: { signingCertificates } },
          provisioningStatus: 'enabled',
        }),
      ),
    );
  }

  async removeGroup(groupId: string): Promise<void> {
    await this.#gone(() => this.#clients.provisioning.deleteEnrollmentGroup(groupId));
  }

  /** By which group a gateway came; null: by none. */
  async groupOf(id: string): Promise<string | null> {
    const { provisioning } = this.#clients;
    const state = await orNull(this.#call(() => provisioning.getDeviceRegistrationState(id)));
    return state === null ? null : (registration.parse(bodyOf(state)).enrollmentGroupId ?? null);
  }

  async #enrollment(id: string): Promise<z.infer<typeof enrollment> | null> {
    const noted = this.#enrollments.get(id);
    if (noted !== undefined) return noted;
    const { provisioning } = this.#clients;
    const answer = await orNull(this.#call(() => provisioning.getIndividualEnrollment(id)));
    return answer === null ? null : this.#note(enrollment.parse(bodyOf(answer)));
  }

  /** Who is turned away because the enrolment is another one by now asks DPS again the next time. */
  async #put(id: string, wanted: object): Promise<void> {
    this.#enrollments.delete(id);
    const { provisioning } = this.#clients;
    const answer = await this.#call(() => provisioning.createOrUpdateIndividualEnrollment(forSdk(wanted)));
    this.#note(enrollment.parse(bodyOf(answer)));
  }

  #note(known: z.infer<typeof enrollment>): z.infer<typeof enrollment> {
    this.#enrollments.set(known.registrationId, known);
    return known;
  }

  /** Nothing happens while the gateway has not registered yet, or when it is so already. */
  async #changeIdentity(id: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const { registry } = this.#clients;
    const answer = await orNull(this.#call(() => registry.get(id)));
    if (answer === null) return;
    const known = identity.parse(JSON.parse(JSON.stringify(bodyOf(answer))));
    if (changes['status'] !== known.status) await this.#call(() => registry.update(forSdk({ ...known, ...changes })));
    this.#statuses.set(id, identity.shape.status.catch(known.status).parse(changes['status']));
  }

  async #gone(remove: () => Promise<unknown>): Promise<void> {
    try {
      await this.#call(remove);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}

/** SHA-256 in hexadecimal digits, as Azure writes thumbprints. */
export function thumbprintOf(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '');
}

function thumbprintAuthentication(thumbprint: string) {
  return {
    authentication: {
      type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: thumbprint, secondaryThumbprint: null },
    },
  };
}

/** The SDKs answer with `{responseBody, httpResponse}`, with `{result, message}` or with the body itself. */
export function bodyOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('responseBody' in answer) return answer.responseBody;
  return 'result' in answer && 'message' in answer ? answer.result : answer;
}

/** The SDKs' types ask for members that their own documentation leaves out; what is sent is tested against that. */
function forSdk(value: object): never {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as never;
}
