/** IoT Hub over MQTT ("Communicate with an IoT hub using the MQTT protocol"): one connection of one gateway. */
import { setTimeout as pause } from 'node:timers/promises';
import type { IConnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import type { HubDevice, HubListener } from '../hub.ts';
import { type CloudToDevice, messagesTopic } from './cloud-to-device.ts';
import type { ConnectedGateways } from './connected-gateways.ts';
import { type Credentials, type Proof, proveDevice } from './credentials.ts';
import type { DeviceCertificate } from './device-certificate.ts';
import type { DeviceRegistry } from './device-registry.ts';
import { type DirectMethods, METHOD_CALLS } from './direct-methods.ts';
import { ConnectionRefusal } from './errors.ts';
import { parseMessageTopic } from './message-topic.ts';
import { CONNACK, type ConnectAnswer, type MqttConnection, type MqttService } from './mqtt-connection.ts';
import { parseJson, parseRequestTopic, requestId } from './request-topic.ts';
import type { Throttles } from './throttles.ts';
import type { Twins } from './twins.ts';

const TWIN_RESPONSES = '$iothub/twin/res/#';
const TWIN_GET = '$iothub/twin/GET/';
const TWIN_REPORT = '$iothub/twin/PATCH/properties/reported/';
const MESSAGE_BYTES = 256 * 1024;
export const DESIRED_CHANGES = '$iothub/twin/PATCH/properties/desired/#';

/** `{host}/{deviceId}/?api-version=2021-04-12&...`; some SDKs leave the second slash out. */
const USER_NAME = /^([^/]+)\/([^/?]+)\/?\?(?:.*&)?api-version=[\w.-]+/;

const THROTTLED = { errorCode: 429_001, message: 'Too many requests for this hub. Try again later.' };

export interface HubContext {
  readonly host: string;
  readonly registry: DeviceRegistry;
  readonly twins: Twins;
  readonly connected: ConnectedGateways;
  readonly methods: DirectMethods;
  readonly messages: CloudToDevice;
  readonly throttles: Throttles;
  readonly listener: HubListener;
}

export class HubSession implements MqttService {
  readonly #context: HubContext;
  readonly #certificate: DeviceCertificate | null;
  #registrationId: string | null = null;

  constructor(context: HubContext, certificate: DeviceCertificate | null) {
    this.#context = context;
    this.#certificate = certificate;
  }

  async connect(packet: IConnectPacket, connection: MqttConnection): Promise<ConnectAnswer> {
    const { host, registry, twins, connected, listener, throttles } = this.#context;
    const [, namedHost, registrationId] = USER_NAME.exec(packet.username ?? '') ?? [];
    if (registrationId === undefined || namedHost?.toLowerCase() !== host.toLowerCase())
      return { returnCode: CONNACK.notAuthorized };
    const device = registry.find(registrationId);
    const token = packet.password?.toString() ?? null;
    const proof = device === null ? null : this.#prove(device, { certificate: this.#certificate, token });
    if (device === null || proof === null) return { returnCode: CONNACK.notAuthorized };
    if (packet.clientId !== registrationId) return { returnCode: CONNACK.identifierRejected };
    if (!throttles.allows('connects')) return { returnCode: CONNACK.serverUnavailable };
    this.#registrationId = registrationId;
    if (proof.proof === 'token') connection.expireAt(proof.expiresAt);
    await connected.attach(registrationId, connection, listener);
    if (packet.clean === true && Object.keys(device.subscriptions).length > 0)
      await registry.update(registrationId, (current) => ({ ...current, subscriptions: {} }));
    await twins.deliverReport(registrationId, listener);
    const sessionPresent = packet.clean !== true && Object.keys(device.subscriptions).length > 0;
    return { returnCode: CONNACK.accepted, sessionPresent };
  }

  async ready(connection: MqttConnection): Promise<void> {
    await this.#context.messages.deliver(this.#id(), connection);
  }

  acknowledged(packetId: number, connection: MqttConnection): Promise<void> {
    return this.#context.messages.acknowledged(this.#id(), connection, packetId);
  }

  async publish(packet: IPublishPacket, connection: MqttConnection): Promise<void> {
    const id = this.#id();
    if (packet.topic.startsWith('devices/')) return this.#telemetry(id, packet);
    const topic = parseRequestTopic(packet.topic);
    const rid = requestId(topic);
    if (rid === null) throw new ConnectionRefusal('a topic that the hub does not have, or a request without its id');
    if (topic.path === TWIN_GET) return this.#read(id, rid, connection);
    if (topic.path === TWIN_REPORT) return this.#report(id, rid, parseJson(packet.payload), connection);
    if (!this.#context.methods.take(id, topic.path, rid, packet.payload))
      throw new ConnectionRefusal('a topic that the hub does not have');
  }

  async subscribe(packet: ISubscribePacket): Promise<(0 | 1 | 128)[]> {
    const id = this.#id();
    const known = new Set([TWIN_RESPONSES, DESIRED_CHANGES, METHOD_CALLS, `${messagesTopic(id)}#`]);
    const granted = packet.subscriptions.map(({ topic, qos }) => (known.has(topic) ? (qos === 0 ? 0 : 1) : 128));
    const added = Object.fromEntries(
      packet.subscriptions.flatMap(({ topic }, index): [string, 0 | 1][] => {
        const qos = granted[index];
        return qos === 0 || qos === 1 ? [[topic, qos]] : [];
      }),
    );
    await this.#context.registry.update(id, (device) =>
      Object.entries(added).every(([topic, qos]) => device.subscriptions[topic] === qos)
        ? device
        : { ...device, subscriptions: { ...device.subscriptions, ...added } },
    );
    return granted;
  }

  async unsubscribe(packet: IUnsubscribePacket): Promise<void> {
    const removed = new Set(packet.unsubscriptions);
    await this.#context.registry.update(this.#id(), (device) => ({
      ...device,
      subscriptions: Object.fromEntries(Object.entries(device.subscriptions).filter(([topic]) => !removed.has(topic))),
    }));
  }

  async closed(connection: MqttConnection): Promise<void> {
    if (this.#registrationId !== null)
      await this.#context.connected.detach(this.#registrationId, connection, this.#context.listener);
  }

  #prove(device: HubDevice, credentials: Credentials): Proof | null {
    if (device.status === 'disabled') return null;
    const resource = `${this.#context.host}/devices/${device.registrationId}`;
    const purpose = { resource, keyName: null, now: Date.now() };
    return proveDevice(device, credentials, purpose, this.#context.registry.groups);
  }

  /** What is not JSON is handed on as text: the listener decides what it takes. */
  async #telemetry(id: string, { topic, retain, payload }: IPublishPacket): Promise<void> {
    const properties = parseMessageTopic(id, topic, retain);
    if (properties === null) throw new ConnectionRefusal('a topic that the hub does not have for this device');
    if (Buffer.byteLength(payload) + Buffer.byteLength(topic) > MESSAGE_BYTES)
      throw new ConnectionRefusal('a message of more than 256 KB');
    const delay = this.#context.throttles.messageDelay();
    if (delay === null) throw new ConnectionRefusal('too many messages for this hub (429001)');
    if (delay > 0) await pause(delay);
    await this.#context.listener.telemetry(id, parseJson(payload) ?? payload.toString('utf8'), properties);
  }

  #read(id: string, rid: string, connection: MqttConnection): void {
    const { throttles, twins } = this.#context;
    if (throttles.allows('twinReads')) this.#answer(connection, `200/?$rid=${rid}`, twins.read(id));
    else this.#answer(connection, `429/?$rid=${rid}`, THROTTLED);
  }

  async #report(id: string, rid: string, patch: unknown, connection: MqttConnection): Promise<void> {
    const { throttles, twins, listener } = this.#context;
    if (!throttles.allows('twinUpdates')) return this.#answer(connection, `429/?$rid=${rid}`, THROTTLED);
    const report = await twins.report(id, patch, listener);
    switch (report.outcome) {
      case 'merged':
        return this.#answer(connection, `204/?$rid=${rid}&$version=${report.version}`, null);
      case 'refused':
        return this.#answer(connection, `400/?$rid=${rid}`, { errorCode: 400_004, message: report.message });
    }
  }

  #answer(connection: MqttConnection, statusAndRequest: string, body: unknown): void {
    const qos = this.#context.registry.find(this.#id())?.subscriptions[TWIN_RESPONSES];
    if (qos === undefined) return;
    connection.publish(`$iothub/twin/res/${statusAndRequest}`, body === null ? '' : JSON.stringify(body), qos);
  }

  #id(): string {
    if (this.#registrationId === null) throw new ConnectionRefusal('not connected');
    return this.#registrationId;
  }
}
