import { expect, test } from 'vitest';
import { type HubEvent, hubEventOf, type ReceivedEvent } from './hub-event.ts';

const AT = '2026-11-25T10:00:00.000Z';
const lifecycle = (opType: string) => ({
  body: { version: 2 },
  systemProperties: { 'iothub-message-source': 'deviceLifecycleEvents' },
  properties: { hubName: 'hub', deviceId: 'gw-1', opType, operationTimestamp: AT },
});

test.each<[string, ReceivedEvent, HubEvent | null]>([
  [
    'telemetry that the SDK has parsed',
    {
      body: { sequence: 1 },
      contentType: 'application/json',
      systemProperties: { 'iothub-connection-device-id': 'gw-1', 'iothub-message-source': 'Telemetry' },
      properties: { line: '3' },
    },
    {
      kind: 'telemetry',
      id: 'gw-1',
      body: { sequence: 1 },
      properties: { system: { ct: 'application/json' }, application: { line: '3' } },
    },
  ],
  [
    'telemetry that is bytes of JSON',
    { body: Buffer.from('{"a":1}'), systemProperties: { 'iothub-connection-device-id': 'gw-1' } },
    { kind: 'telemetry', id: 'gw-1', body: { a: 1 }, properties: { system: {}, application: {} } },
  ],
  [
    'telemetry that is other bytes',
    { body: Buffer.from('hello'), systemProperties: { 'iothub-connection-device-id': 'gw-1' } },
    { kind: 'telemetry', id: 'gw-1', body: 'hello', properties: { system: {}, application: {} } },
  ],
  ['a connection', lifecycle('deviceConnected'), { kind: 'connection', id: 'gw-1', connected: true, at: AT }],
  ['a lost connection', lifecycle('deviceDisconnected'), { kind: 'connection', id: 'gw-1', connected: false, at: AT }],
  ['a changed twin', lifecycle('updateTwin'), { kind: 'twin-changed', id: 'gw-1' }],
  ['a replaced twin', lifecycle('replaceTwin'), { kind: 'twin-changed', id: 'gw-1' }],
  ['a new device', lifecycle('createDeviceIdentity'), { kind: 'created', id: 'gw-1' }],
  ['a deleted device', lifecycle('deleteDeviceIdentity'), { kind: 'deleted', id: 'gw-1' }],
  ['an event of something else', lifecycle('createModuleIdentity'), null],
  ['a message without a device', { body: 1 }, null],
])('G6: %s', (_what, received, event) => {
  expect(hubEventOf(received)).toEqual(event);
});
