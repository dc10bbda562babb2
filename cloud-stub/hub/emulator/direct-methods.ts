/** Direct methods ("Understand and invoke direct methods from IoT Hub"): a call to a gateway that is connected now. */
import { randomUUID } from 'node:crypto';
import type { MethodAnswer, MethodCall } from '../hub.ts';
import { HubError } from '../hub-error.ts';
import type { ConnectedGateways } from './connected-gateways.ts';
import type { DeviceRegistry } from './device-registry.ts';
import { ServiceRefusal } from './errors.ts';
import { parseJson } from './request-topic.ts';

export const METHOD_CALLS = '$iothub/methods/POST/#';
const ANSWERS = /^\$iothub\/methods\/res\/(\d{1,9})\/$/;

const PAYLOAD_BYTES = 128 * 1024;
const DEFAULT_TIMEOUT_SECONDS = 30;
const TIMEOUT_SECONDS = { least: 5, most: 300 } as const;

interface Pending {
  readonly registrationId: string;
  answer(answer: MethodAnswer): void;
}

export class DirectMethods {
  readonly #registry: DeviceRegistry;
  readonly #connected: ConnectedGateways;
  readonly #pending = new Map<string, Pending>();

  constructor(registry: DeviceRegistry, connected: ConnectedGateways) {
    this.#registry = registry;
    this.#connected = connected;
  }

  /** @throws ServiceRefusal 400 | 404 (offline, or it takes no methods) | 413 | 504 */
  async call(registrationId: string, { name, payload, responseTimeoutSeconds }: MethodCall): Promise<MethodAnswer> {
    const timeout = responseTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    if (timeout < TIMEOUT_SECONDS.least || timeout > TIMEOUT_SECONDS.most)
      throw new ServiceRefusal(400, 400_004, 'A response time-out lies between 5 and 300 seconds.');
    const text = JSON.stringify(payload ?? null);
    if (Buffer.byteLength(text) > PAYLOAD_BYTES)
      throw new ServiceRefusal(413, 413_001, 'The payload of a method has at most 128 KB.');
    const connection = this.#connected.find(registrationId);
    const qos = this.#registry.find(registrationId)?.subscriptions[METHOD_CALLS];
    if (connection === null || qos === undefined)
      throw new ServiceRefusal(404, 404_103, `${registrationId} is not online.`);
    const requestId = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<MethodAnswer>();
    this.#pending.set(requestId, { registrationId, answer: resolve });
    const timer = setTimeout(
      () => reject(new ServiceRefusal(504, 504_101, `${registrationId} did not answer in time.`)),
      timeout * 1000,
    );
    try {
      connection.publish(`$iothub/methods/POST/${encodeURIComponent(name)}/?$rid=${requestId}`, text, qos);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(requestId);
    }
  }

  /** @returns false when the topic is not that of an answer, or the answer is too long */
  take(registrationId: string, path: string, requestId: string, payload: string | Buffer): boolean {
    const [, status] = ANSWERS.exec(path) ?? [];
    if (status === undefined || Buffer.byteLength(payload) > PAYLOAD_BYTES) return false;
    const pending = this.#pending.get(requestId);
    // An answer that comes too late has nobody to go to.
    if (pending?.registrationId === registrationId)
      pending.answer({ status: Number(status), payload: parseJson(payload) });
    return true;
  }
}

/** What a refusal of a call means to the cloud. */
export function callError(error: unknown): unknown {
  if (!(error instanceof ServiceRefusal)) return error;
  if (error.status === 404) return new HubError('gateway-offline', error.message, { cause: error });
  if (error.status === 504) return new HubError('gateway-silent', error.message, { cause: error });
  return error;
}
