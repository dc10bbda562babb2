/**
 * What an IoT Hub sends over MQTT, looked at before Azure's SDK sees it ("Communicate with an IoT hub using MQTT").
 *
 * Seen with azure-iot-device-mqtt 1.16.4: its handlers throw into the process for an answer or a change of the twin that
 * is no JSON, a twin without a body, a method call without a request id and a cloud-to-device message with a broken
 * property. And it takes an answer without `errorCode` for success, whatever its code says.
 */
import { z } from 'zod';
import type { MqttMessage } from '../../azure/controlled-mqtt.ts';
import { clip, ServiceError } from '../../errors.ts';

const TWIN_ANSWER = /^\$iothub\/twin\/res\/([1-5]\d\d)\/\?(.*)$/;
const DESIRED_CHANGE = '$iothub/twin/PATCH/properties/desired/';
/** Names beyond these characters are none of ours. */
const METHOD_CALL = /^\$iothub\/methods\/POST\/[\w.-]+\/?\?([^#]*)$/;

/** The SDK numbers its requests so, and looks an answer's up in an object without asking whether it is its own. */
const requestId = z.guid();

/** IoT Hub allows ten levels; the SDK merges by recursion. */
const DEEPEST_LEVEL = 64;

const members = z
  .record(z.string(), z.unknown())
  .refine((value) => isWithin(value, DEEPEST_LEVEL), { error: 'nested too deeply' });

/**
 * @returns the message as the SDK bears it; null for what the gateway has no use for
 * @throws ServiceError 'hub-not-understood'
 */
export function inspectHubMessage({ topic, payload }: MqttMessage): MqttMessage | null {
  if (topic.startsWith('$iothub/twin/res/')) return twinAnswer(topic, payload);
  if (topic.startsWith(DESIRED_CHANGE)) {
    if (membersOf(payload) === undefined) throw notUnderstood('a change of the desired properties');
    return { topic, payload };
  }
  const [, query] = METHOD_CALL.exec(topic) ?? [];
  if (query === undefined) return null;
  // A broken body is the SDK's own to answer: the caller gets 400.
  if (new URLSearchParams(query).getAll('$rid').filter((id) => id !== '').length !== 1)
    throw notUnderstood('a method call without its request');
  return { topic, payload };
}

function twinAnswer(topic: string, payload: Buffer): MqttMessage {
  const [, digits, query] = TWIN_ANSWER.exec(topic) ?? [];
  const rid = requestId.safeParse(new URLSearchParams(query).get('$rid')).data;
  if (digits === undefined || rid === undefined) throw notUnderstood('an answer about the twin, without its request');
  const code = Number(digits);
  // An empty one is that to a report; to a reading it is a twin without versions, which the connection refuses.
  const body = payload.length === 0 ? {} : membersOf(payload);
  const show = (shown: object): MqttMessage => ({
    topic: `$iothub/twin/res/${code}/?$rid=${rid}`,
    payload: Buffer.from(JSON.stringify(shown)),
  });
  if (code >= 300) {
    const message = body?.['message'];
    const said = typeof message === 'string' ? `: ${clip(message, 200)}` : '';
    return show({ errorCode: code, message: `the hub answered with code ${code}${said}` });
  }
  if (body === undefined) throw notUnderstood('an answer about the twin');
  return show(body);
}

function notUnderstood(what: string): ServiceError {
  return new ServiceError('hub-not-understood', what);
}

function membersOf(payload: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return members.safeParse(JSON.parse(payload.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isWithin(inner, levels - 1));
}
