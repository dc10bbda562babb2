/** DPS over MQTT ("Communicate with DPS using the MQTT protocol"). Sessions are not kept. */
import type { IConnectPacket, IPublishPacket, ISubscribePacket } from 'mqtt-packet';
import type { DeviceCertificate } from './device-certificate.ts';
import { ConnectionRefusal } from './errors.ts';
import { CONNACK, type ConnectAnswer, type MqttConnection, type MqttService } from './mqtt-connection.ts';
import { type ProvisioningAnswer, type ProvisioningCaller, RETRY_AFTER, type Registrations } from './registrations.ts';
import { parseJson, parseRequestTopic, requestId } from './request-topic.ts';

const RESPONSES = '$dps/registrations/res/#';
const REGISTER = '$dps/registrations/PUT/iotdps-register/';
const POLL = '$dps/registrations/GET/iotdps-get-operationstatus/';

/** `{idScope}/registrations/{registrationId}/api-version=2019-03-31`, then `&ClientVersion=...` at will. */
const USER_NAME = /^([^/]+)\/registrations\/([^/]+)\/api-version=\d{4}-\d{2}-\d{2}(?:-preview)?(?:&.*)?$/;

export class ProvisioningSession implements MqttService {
  readonly #registrations: Registrations;
  readonly #certificate: DeviceCertificate | null;
  #caller: ProvisioningCaller | null = null;
  #subscribed = false;

  constructor(registrations: Registrations, certificate: DeviceCertificate | null) {
    this.#registrations = registrations;
    this.#certificate = certificate;
  }

  async connect(packet: IConnectPacket): Promise<ConnectAnswer> {
    const [, idScope, registrationId] = USER_NAME.exec(packet.username ?? '') ?? [];
    if (idScope === undefined || registrationId === undefined) return { returnCode: CONNACK.notAuthorized };
    const token = packet.password?.toString() ?? null;
    const credentials = { certificate: this.#certificate, token };
    // A certificate is looked at when it registers; a token only now, as it may run out.
    if (token === null && this.#certificate?.commonName !== registrationId)
      return { returnCode: CONNACK.notAuthorized };
    const caller = { idScope, registrationId, credentials };
    if (token !== null && !this.#registrations.isKnown(caller)) return { returnCode: CONNACK.notAuthorized };
    if (packet.clientId !== registrationId) return { returnCode: CONNACK.identifierRejected };
    this.#caller = caller;
    return { returnCode: CONNACK.accepted, sessionPresent: false };
  }

  async publish(packet: IPublishPacket, connection: MqttConnection): Promise<void> {
    const topic = parseRequestTopic(packet.topic);
    const rid = requestId(topic);
    if (this.#caller === null || rid === null) throw new ConnectionRefusal('a request without its id');
    const answer = await this.#answer(this.#caller, topic.path, topic.parameters, packet.payload);
    const retry = answer.status === 202 ? `&retry-after=${RETRY_AFTER}` : '';
    if (this.#subscribed)
      connection.publish(`$dps/registrations/res/${answer.status}/?$rid=${rid}${retry}`, JSON.stringify(answer.body));
  }

  async subscribe(packet: ISubscribePacket): Promise<(0 | 1 | 128)[]> {
    return packet.subscriptions.map(({ topic, qos }) => {
      if (topic !== RESPONSES) return 128;
      this.#subscribed = true;
      return qos === 0 ? 0 : 1;
    });
  }

  async unsubscribe(): Promise<void> {
    this.#subscribed = false;
  }

  async closed(): Promise<void> {
    this.#caller = null;
  }

  async #answer(
    caller: ProvisioningCaller,
    path: string,
    parameters: URLSearchParams,
    payload: string | Buffer,
  ): Promise<ProvisioningAnswer> {
    if (path === REGISTER) return this.#registrations.register(caller, parseJson(payload));
    if (path === POLL) return this.#registrations.operation(caller, parameters.get('operationId') ?? '');
    throw new ConnectionRefusal('a topic that DPS does not have');
  }
}
