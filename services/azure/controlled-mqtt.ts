/**
 * Holds on to the MQTT client inside an Azure SDK transport.
 *
 * The SDKs hide three things that a supervisor needs: another port than the fixed one, the true cause of a failed
 * connection (they report a wrong CA, a closed port and a refusal alike as "Not authorized"), and a hard stop
 * (a client still connecting cannot be closed; connecting late, it would throw out its successor, because a hub keeps
 * only the newest connection of a device). And they lack a fourth: their message handlers trust every message, and what
 * they throw ends the process. Both SDKs take their MQTT library from the `mqttProvider` of an azure-iot-mqtt-base
 * object, which documents that it may be replaced; wrapping it gives all four.
 */
import { ServiceError, type ServiceErrorCode, sentenceOf } from '../errors.ts';

export interface ConnectionTuning {
  readonly port: number;
  /** PEM; the only authority trusted. Null: the public ones. */
  readonly caPem: string | null;
  readonly keepaliveSeconds: number;
  readonly connectTimeoutMilliseconds: number;
}

/** The part of mqtt.js 4's client that is used here. */
interface MqttClient {
  emit: (event: string, ...parameters: unknown[]) => boolean;
  readonly stream?: { on(event: 'error', listener: (error: Error) => void): unknown; destroy?(): unknown };
  on(event: 'error', listener: (error: Error) => void): unknown;
  end(force: boolean): unknown;
}

interface MqttProvider {
  connect(uri: string, options: Readonly<Record<string, unknown>>): MqttClient;
}

interface MqttBase {
  mqttProvider: MqttProvider;
}

function isMqttBase(value: unknown): value is MqttBase {
  return typeof value === 'object' && value !== null && 'mqttProvider' in value;
}

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

/**
 * Looks at a message before the SDK does.
 * @returns what the SDK is to see; null: nothing
 * @throws ServiceError the message cannot be shown to the SDK: the connection ends, and this is its problem
 */
export type InspectMessage = (message: MqttMessage) => MqttMessage | null;

export interface ControlledMqtt {
  /** What `inspect` threw, or the first error of the connection itself by its cause; null: none was seen. */
  problem(): ServiceError | null;
  /** Fulfilled when `inspect` has thrown: the SDKs do not tell that their connection has ended at every moment. */
  readonly notUnderstood: Promise<ServiceError>;
  /** Ends the connection now, in whatever state it is. */
  destroy(): void;
}

/** `transport` is an SDK transport that has not connected yet; `field` is where it keeps its base. */
export function controlMqtt(
  transport: object,
  field: '_mqtt' | '_mqttBase',
  tuning: ConnectionTuning,
  codes: { readonly refused: ServiceErrorCode; readonly unreachable: ServiceErrorCode },
  inspect: InspectMessage = (message) => message,
): ControlledMqtt {
  const base: unknown = Reflect.get(transport, field);
  if (!isMqttBase(base)) throw new TypeError(`the SDK's transport has no ${field} to take hold of`);
  const original = base.mqttProvider;
  const clients: MqttClient[] = [];
  let firstError: Error | undefined;
  let destroyed = false;
  let complaint: ServiceError | undefined;
  const { promise: notUnderstood, resolve: complain } = Promise.withResolvers<ServiceError>();
  const destroy = () => {
    destroyed = true;
    for (const client of clients) end(client);
  };
  const refuse = (error: unknown) => {
    complaint ??=
      error instanceof ServiceError ? error : new ServiceError('unexpected', sentenceOf(error), { cause: error });
    complain(complaint);
    destroy();
  };
  const note = (error: Error) => {
    firstError ??= error;
  };
  base.mqttProvider = {
    connect(uri, options) {
      const client = original.connect(withPort(uri, tuning.port), {
        ...options,
        keepalive: tuning.keepaliveSeconds,
        connectTimeout: tuning.connectTimeoutMilliseconds,
        rejectUnauthorized: true,
        ...(tuning.caPem === null ? {} : { ca: tuning.caPem }),
      });
      inspectMessages(client, (message) => (destroyed ? null : inspect(message)), refuse);
      client.on('error', note);
      client.stream?.on('error', note);
      clients.push(client);
      if (destroyed) end(client);
      return client;
    },
  };
  return {
    problem: () => complaint ?? (firstError === undefined ? null : problemOf(firstError, codes)),
    notUnderstood,
    destroy,
  };
}

/** mqtt.js hands out each message by its `message` event: topic, payload, packet. */
function inspectMessages(client: MqttClient, inspect: InspectMessage, refuse: (error: unknown) => void): void {
  const emit = client.emit.bind(client);
  client.emit = (event, ...parameters) => {
    const [topic, payload, ...rest] = parameters;
    if (event !== 'message' || typeof topic !== 'string' || !Buffer.isBuffer(payload))
      return emit(event, ...parameters);
    let shown: MqttMessage | null;
    try {
      shown = inspect({ topic, payload });
    } catch (error) {
      refuse(error);
      return false;
    }
    return shown === null ? false : emit(event, shown.topic, shown.payload, ...rest);
  };
}

function end(client: MqttClient): void {
  client.end(true);
  client.stream?.destroy?.();
}

function withPort(uri: string, port: number): string {
  const url = new URL(uri);
  url.port = String(port);
  return url.href;
}

/** CONNACK return codes of MQTT 3.1.1 (section 3.2.2.3) that say "not you": identifier, credentials, authorisation. */
const REFUSALS: ReadonlySet<unknown> = new Set([2, 4, 5]);

const TLS_TRUST = /CERT|ISSUER|SIGNATURE|SELF_SIGNED|ALTNAME|CRL/;

function problemOf(
  error: Error,
  codes: { readonly refused: ServiceErrorCode; readonly unreachable: ServiceErrorCode },
): ServiceError {
  const { code } = error as Error & { code?: unknown };
  const detail = sentenceOf(error);
  if (REFUSALS.has(code)) return new ServiceError(codes.refused, detail, { cause: error });
  if (typeof code === 'string' && TLS_TRUST.test(code))
    return new ServiceError('certificate-not-trusted', detail, { cause: error });
  return new ServiceError(codes.unreachable, detail, { cause: error });
}
