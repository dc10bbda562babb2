/**
 * Messages to a gateway ("Send cloud-to-device messages"): they wait in its queue, are delivered in their order while it
 * is connected and subscribed, and are gone once it acknowledges them.
 */
import { randomUUID } from 'node:crypto';
import type { HubDevice, PendingMessage } from '../hub.ts';
import type { ConnectedGateways } from './connected-gateways.ts';
import type { DeviceRegistry } from './device-registry.ts';
import { ServiceRefusal } from './errors.ts';
import type { MqttConnection } from './mqtt-connection.ts';

const BODY_BYTES = 64 * 1024;
const PENDING_LIMIT = 50;
const DELIVERIES = 10;
const TIME_TO_LIVE_SECONDS = 3600;

export interface NewMessage {
  readonly body: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** One hour unless given. */
  readonly timeToLiveSeconds?: number;
}

export function messagesTopic(registrationId: string): string {
  return `devices/${registrationId}/messages/devicebound/`;
}

export class CloudToDevice {
  readonly #registry: DeviceRegistry;
  readonly #connected: ConnectedGateways;
  /** What a connection was sent and has not acknowledged: the lock token by the packet's id. */
  readonly #sent = new WeakMap<MqttConnection, Map<number, string>>();

  constructor(registry: DeviceRegistry, connected: ConnectedGateways) {
    this.#registry = registry;
    this.#connected = connected;
  }

  /** @throws ServiceRefusal 403 (50 wait already) | 404 | 413 */
  async send(registrationId: string, { body, properties = {}, timeToLiveSeconds }: NewMessage): Promise<void> {
    if (Buffer.byteLength(body) > BODY_BYTES)
      throw new ServiceRefusal(413, 413_001, 'A message to a device has at most 64 KB.');
    if (this.#registry.find(registrationId) === null)
      throw new ServiceRefusal(404, 404_001, `There is no device ${registrationId}.`);
    const lockToken = randomUUID();
    const told = { '$.mid': lockToken, '$.to': `/${messagesTopic(registrationId).slice(0, -1)}`, ...properties };
    const message: PendingMessage = {
      lockToken,
      properties: Object.entries(told)
        .map((pair) => pair.map(encodeURIComponent).join('='))
        .join('&'),
      body: Buffer.from(body).toString('base64'),
      expiresAt: new Date(Date.now() + (timeToLiveSeconds ?? TIME_TO_LIVE_SECONDS) * 1000).toISOString(),
      deliveryCount: 0,
    };
    await this.#registry.update(registrationId, (device) => {
      const waiting = unexpired(device);
      if (waiting.length >= PENDING_LIMIT)
        throw new ServiceRefusal(403, 403_004, `${PENDING_LIMIT} messages to ${registrationId} are waiting already.`);
      return { ...device, pendingMessages: [...waiting, message] };
    });
    const connection = this.#connected.find(registrationId);
    if (connection !== null) await this.deliver(registrationId, connection);
  }

  /** Sends what waits and was not sent on this connection. */
  async deliver(registrationId: string, connection: MqttConnection): Promise<void> {
    const known = this.#registry.find(registrationId);
    const qos = known?.subscriptions[`${messagesTopic(registrationId)}#`];
    if (known === null || qos === undefined || known.pendingMessages.length === 0) return;
    const sent = this.#sent.get(connection) ?? new Map<number, string>();
    this.#sent.set(connection, sent);
    await this.#registry.update(registrationId, (device) => {
      const underWay = new Set(sent.values());
      const pendingMessages = unexpired(device).flatMap((message): PendingMessage[] => {
        if (underWay.has(message.lockToken)) return [message];
        if (message.deliveryCount >= DELIVERIES) return [];
        const topic = messagesTopic(registrationId) + message.properties;
        const packetId = connection.publish(topic, Buffer.from(message.body, 'base64'), qos);
        // With QoS 0 there is no acknowledgement: sent is delivered.
        if (packetId === null) return [];
        sent.set(packetId, message.lockToken);
        return [{ ...message, deliveryCount: message.deliveryCount + 1 }];
      });
      return { ...device, pendingMessages };
    });
  }

  async acknowledged(registrationId: string, connection: MqttConnection, packetId: number): Promise<void> {
    const sent = this.#sent.get(connection);
    const lockToken = sent?.get(packetId);
    if (sent === undefined || lockToken === undefined) return;
    await this.#registry.update(registrationId, (device) => ({
      ...device,
      pendingMessages: device.pendingMessages.filter((message) => message.lockToken !== lockToken),
    }));
    sent.delete(packetId);
  }
}

function unexpired({ pendingMessages }: HubDevice): readonly PendingMessage[] {
  const now = new Date().toISOString();
  return pendingMessages.filter(({ expiresAt }) => expiresAt > now);
}
