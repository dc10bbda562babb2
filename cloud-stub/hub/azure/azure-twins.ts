/** Device twins of IoT Hub: what a gateway is to have, and what it reports. */
import type { GatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import { z } from 'zod';
import { isJsonObject, smallestPatch } from '../emulator/merge-patch.ts';
import { HubError } from '../hub-error.ts';
import { orNull, statusOf } from './azure-call.ts';
import type { AzureClients } from './azure-clients.ts';
import { bodyOf, type Call } from './azure-gateways.ts';

const properties = z.record(z.string(), z.unknown());
const twin = z.looseObject({
  etag: z.string(),
  properties: z.looseObject({ desired: properties, reported: properties }),
});

/** Somebody else changed the twin in between: read again so often. */
const ATTEMPTS = 5;

export class AzureTwins {
  readonly #clients: AzureClients;
  readonly #call: Call;
  /** For gateways that have not registered yet, and have no twin. */
  readonly #waiting = new Map<string, GatewayConfiguration>();

  constructor(clients: AzureClients, call: Call) {
    this.#clients = clients;
    this.#call = call;
  }

  /**
   * Makes `remoteConnect` of the desired properties exactly this; nothing is sent when it is already.
   * @throws HubError 'twin-too-large', or as azureCall
   */
  async setDesired(id: string, configuration: GatewayConfiguration): Promise<void> {
    this.#waiting.delete(id);
    for (let attempt = 1; ; attempt += 1) {
      const known = await this.#read(id);
      if (known === null) {
        this.#waiting.set(id, configuration);
        return;
      }
      const remoteConnect: unknown = JSON.parse(JSON.stringify(configuration));
      const former = known.properties.desired['remoteConnect'];
      const patch = smallestPatch(former === undefined ? {} : { remoteConnect: former }, { remoteConnect });
      if (Object.keys(patch).length === 0) return;
      try {
        await this.#call(() => this.#clients.registry.updateTwin(id, { properties: { desired: patch } }, known.etag));
        return;
      } catch (error) {
        const status = statusOf(error);
        if (status === 400 || status === 413)
          throw new HubError('twin-too-large', `Azure does not take the configuration of ${id}.`, { cause: error });
        if (status !== 412 || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** A gateway has registered: what it is to have is written now. */
  async arrived(id: string): Promise<void> {
    const configuration = this.#waiting.get(id);
    if (configuration !== undefined) await this.setDesired(id, configuration);
  }

  forget(id: string): void {
    this.#waiting.delete(id);
  }

  /** The reported properties, without Azure's own members; null: there is no such device. */
  async reported(id: string): Promise<Readonly<Record<string, unknown>> | null> {
    const known = await this.#read(id);
    return known === null ? null : withoutMetadata(known.properties.reported);
  }

  async #read(id: string): Promise<z.infer<typeof twin> | null> {
    const answer = await orNull(this.#call(() => this.#clients.registry.getTwin(id)));
    if (answer === null) return null;
    const { etag, properties: halves } = z
      .looseObject({ etag: z.unknown(), properties: z.unknown() })
      .parse(bodyOf(answer));
    return twin.parse(JSON.parse(JSON.stringify({ etag, properties: halves })));
  }
}

export function withoutMetadata(half: unknown): Readonly<Record<string, unknown>> {
  if (!isJsonObject(half)) return {};
  return Object.fromEntries(Object.entries(half).filter(([name]) => !name.startsWith('$')));
}
