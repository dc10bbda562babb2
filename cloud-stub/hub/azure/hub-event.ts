/**
 * What comes out of IoT Hub's Event Hubs-compatible endpoint: telemetry, and the events that routes must lead there
 * ("IoT Hub non-telemetry event schemas"). Pure.
 */
import { z } from 'zod';
import type { MessageProperties } from '../hub.ts';

export type HubEvent =
  | { readonly kind: 'telemetry'; readonly id: string; readonly body: unknown; readonly properties: MessageProperties }
  | { readonly kind: 'connection'; readonly id: string; readonly connected: boolean; readonly at: string }
  | { readonly kind: 'twin-changed'; readonly id: string }
  | { readonly kind: 'created'; readonly id: string }
  | { readonly kind: 'deleted'; readonly id: string };

/** As @azure/event-hubs hands an event out (ReceivedEventData). */
export const receivedEvent = z.object({
  body: z.unknown(),
  systemProperties: z.record(z.string(), z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  contentType: z.string().optional(),
});
export type ReceivedEvent = z.infer<typeof receivedEvent>;

const DEVICE = 'iothub-connection-device-id';
const SOURCE = 'iothub-message-source';
const ENQUEUED = 'iothub-enqueuedtime';

/** @returns null for what is none of these, or not of a device */
export function hubEventOf({
  body,
  systemProperties = {},
  properties = {},
  contentType,
}: ReceivedEvent): HubEvent | null {
  const source = text(systemProperties[SOURCE]);
  if (source === null || source === 'Telemetry') {
    const id = text(systemProperties[DEVICE]);
    if (id === null) return null;
    const system = textsOf({
      ct: contentType,
      ce: systemProperties['contentEncoding'],
      mid: systemProperties['message-id'],
    });
    return { kind: 'telemetry', id, body: bodyOf(body), properties: { system, application: textsOf(properties) } };
  }
  const id = text(properties['deviceId']);
  const operation = text(properties['opType']);
  if (id === null) return null;
  switch (operation) {
    case 'deviceConnected':
    case 'deviceDisconnected':
      return {
        kind: 'connection',
        id,
        connected: operation === 'deviceConnected',
        at: timeOf(properties, systemProperties),
      };
    case 'updateTwin':
    case 'replaceTwin':
      return { kind: 'twin-changed', id };
    case 'createDeviceIdentity':
      return { kind: 'created', id };
    case 'deleteDeviceIdentity':
      return { kind: 'deleted', id };
    case null:
    default:
      return null;
  }
}

/** The SDK parses a body that is JSON; another one comes as bytes. */
function bodyOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array)) return body;
  const decoded = Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(decoded);
  } catch {
    return decoded;
  }
}

function timeOf(properties: Readonly<Record<string, unknown>>, system: Readonly<Record<string, unknown>>): string {
  const enqueued = system[ENQUEUED];
  const told = Date.parse(text(properties['operationTimestamp']) ?? '');
  const at = Number.isNaN(told)
    ? enqueued instanceof Date || typeof enqueued === 'number'
      ? enqueued
      : Date.now()
    : told;
  return new Date(at).toISOString();
}

function textsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      value === undefined || value === null ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
