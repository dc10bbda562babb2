/**
 * The secrets that the client of a session shares with its gateways: one for each gateway and encapsulation key, made once.
 * The cloud takes the first encapsulated key that it is given for these, and no other.
 */
import type { ClientGateway } from '@edgegateway/protocol/client-api';
import { type Encapsulated, encapsulateFor } from '@edgegateway/tunnel/key-encapsulation';
import { ClientError } from './errors.ts';

type Gateway = Pick<ClientGateway, 'registrationId' | 'name' | 'encapsulationKey'>;

export class GatewaySecrets {
  readonly #made = new Map<string, Encapsulated>();

  /** @throws ClientError gateway-key-invalid */
  makeFor(gateways: readonly Gateway[]): void {
    for (const gateway of gateways) this.of(gateway);
  }

  /** @throws ClientError gateway-key-invalid */
  of(gateway: Gateway): Encapsulated {
    const id = `${gateway.registrationId} ${gateway.encapsulationKey}`;
    const encapsulated = this.#made.get(id) ?? encapsulatedFor(gateway);
    this.#made.set(id, encapsulated);
    return encapsulated;
  }
}

function encapsulatedFor({ name, encapsulationKey }: Gateway): Encapsulated {
  try {
    return encapsulateFor(encapsulationKey);
  } catch (cause) {
    throw new ClientError('gateway-key-invalid', `The encapsulation key of ${name} is none.`, { cause });
  }
}
