/**
 * What DPS answers over MQTT, looked at before Azure's SDK sees it ("Communicate with DPS using the MQTT protocol").
 *
 * Seen with azure-iot-provisioning-device-mqtt 1.8.1: its handler throws into the process for an empty body, HTML, a body
 * without `status`, and for sound JSON outside ASCII, as it decodes UTF-8 as ASCII; it tells "assigned" without an
 * assignment as success; and it takes an odd `retry-after` for none or, beyond what a timer holds, for 1 ms. So it is
 * shown nothing but the members it needs, in ASCII, with a `retry-after` that is one. Whatever else DPS says ends the
 * attempt here, by an error that names it.
 */
import { z } from 'zod';
import type { MqttMessage } from '../azure/controlled-mqtt.ts';
import { clip, ServiceError } from '../errors.ts';
import { assignmentSchema } from './assignment.ts';

/** Seconds. */
export const LONGEST_RETRY_AFTER = 600;

/** Where DPS names no time, or one that is none: at most two requests within ten seconds. */
export const DEFAULT_RETRY_AFTER = 6;

const ANSWER = /^\$dps\/registrations\/res\/([1-5]\d\d)\/\?(.*)$/;

/** The SDK numbers its requests so, and looks an answer's up in an object without asking whether it is its own. */
const requestId = z.guid();

/** Goes into the topic of the next request as it is, so nothing that means something there. */
const operation = z.object({
  operationId: z
    .string()
    .regex(/^[!-~]{1,256}$/)
    .regex(/^[^#+&?/]*$/),
});

const assigned = z.object({
  registrationState: z.object({ assignedHub: assignmentSchema.shape.hub, deviceId: assignmentSchema.shape.deviceId }),
});

const withStatus = z.object({ status: z.string().toLowerCase() });

const complaint = z.object({
  errorCode: z.int().optional().catch(undefined),
  errorMessage: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  registrationState: z.unknown().optional(),
});

/** 401 also answers for a gateway or an ID scope that DPS does not know. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404]);

/**
 * @returns the answer as the SDK bears it
 * @throws ServiceError 'onboarding-refused' | 'onboarding-disabled' | 'onboarding-failed' | 'onboarding-not-understood'
 */
export function inspectDpsAnswer({ topic, payload }: MqttMessage): MqttMessage {
  const [, digits, query] = ANSWER.exec(topic) ?? [];
  if (digits === undefined) throw notUnderstood(`topic "${plain(topic)}"`);
  const parameters = new URLSearchParams(query);
  const rid = requestId.safeParse(parameters.get('$rid')).data;
  if (rid === undefined) throw notUnderstood('it names no request');
  const show = (body: object): MqttMessage => ({
    topic: `$dps/registrations/res/${digits}/?$rid=${rid}&retry-after=${retryAfterOf(parameters.get('retry-after'))}`,
    payload: Buffer.from(asciiJson(body)),
  });

  const code = Number(digits);
  // Busy: the SDK asks again after `retry-after` and does not need the body.
  if (code >= 429) return show({});
  if (code >= 400) throw refusal(code, payload);
  if (code >= 300 || code < 200) throw notUnderstood(`code ${code}`);

  const body = jsonOf(payload);
  if (body === undefined) throw notUnderstood(payload.length === 0 ? 'it is empty' : 'it is no JSON');
  const { status } = read(withStatus, body, 'it has no status');
  switch (status) {
    case 'assigning':
      return show({ status, ...read(operation, body, 'assigning without an operation') });
    case 'assigned':
      return show({ status, ...read(assigned, body, 'assigned without a hub and a device') });
    case 'disabled':
      throw new ServiceError('onboarding-disabled', complaintOf(body));
    case 'failed':
      throw new ServiceError('onboarding-refused', complaintOf(body) ?? 'registration failed');
    default:
      throw notUnderstood(`status "${plain(status)}"`);
  }
}

/** Seconds: a whole number within the limits. */
export function retryAfterOf(text: string | null): number {
  const seconds = text !== null && /^\d+$/.test(text) ? Number(text) : 0;
  return seconds === 0 ? DEFAULT_RETRY_AFTER : Math.min(seconds, LONGEST_RETRY_AFTER);
}

function read<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw notUnderstood(what);
  return parsed.data;
}

function notUnderstood(what: string): ServiceError {
  return new ServiceError('onboarding-not-understood', what);
}

/** The code alone decides: the body only explains, where it can be read. */
function refusal(code: number, payload: Buffer): ServiceError {
  const why = complaintOf(jsonOf(payload));
  return new ServiceError(
    REFUSALS.has(code) ? 'onboarding-refused' : 'onboarding-failed',
    why === undefined ? `code ${code}` : `code ${code}, ${why}`,
  );
}

/** `errorCode` and its words, of the answer itself or of the registration that it describes. */
function complaintOf(body: unknown): string | undefined {
  const outer = complaint.safeParse(body).data;
  const inner = complaint.safeParse(outer?.registrationState).data;
  for (const said of [inner, outer]) {
    const words = [said?.errorCode, said?.errorMessage ?? said?.message]
      .filter((part) => part !== undefined)
      .join(': ');
    if (words !== '') return plain(words);
  }
  return undefined;
}

/** Fit to be read by people, in one line. */
function plain(text: string): string {
  return clip(text.replaceAll(/[\p{C}\s]+/gu, ' ').trim(), 160);
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
