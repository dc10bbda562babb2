import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { inspectHubMessage } from './hub-message.ts';

const RID = randomUUID();
const DESIRED = '$iothub/twin/PATCH/properties/desired/?$version=7';
const METHOD = '$iothub/methods/POST/listDevices/?$rid=1';
const answer = (code: number) => `$iothub/twin/res/${code}/?$rid=${RID}`;

const shown = (topic: string, body: string) => inspectHubMessage({ topic, payload: Buffer.from(body) });
const bodyShown = (topic: string, body: string): unknown => JSON.parse(`${shown(topic, body)?.payload.toString()}`);

describe('a message of the hub', () => {
  it('reaches the SDK when it is sound', () => {
    const twin = '{"desired":{"$version":1,"name":"Prüfstand"},"reported":{"$version":1}}';
    expect(bodyShown(answer(200), twin)).toEqual(JSON.parse(twin));
    expect(shown(`${answer(204)}&$version=7`, '')?.topic).toBe(answer(204));
    for (const [topic, body] of [
      [DESIRED, '{"a":null,"$version":7}'],
      [METHOD, '{}'],
      [METHOD, ''],
    ] as const)
      expect(shown(topic, body)).toEqual({ topic, payload: Buffer.from(body) });
  });

  it.each(['<html>', '{"a":', 'null', '7', '"x"', '[]', '{"a":'.repeat(100) + '1' + '}'.repeat(100)])(
    'K53: is not understood when it is no twin, or no change of one: %j',
    (body) => {
      expect(() => shown(answer(200), body)).toThrow('Message of the cloud not understood');
      expect(() => shown(DESIRED, body)).toThrow('Message of the cloud not understood');
    },
  );

  it('K53: is not understood when it is a change without a body', () => {
    expect(() => shown(DESIRED, '')).toThrow('Message of the cloud not understood');
  });

  it.each([
    '$iothub/twin/res/200/?$rid=__proto__',
    '$iothub/twin/res/200/?$rid=',
    '$iothub/twin/res/200',
    `$iothub/twin/res/OK/?$rid=${RID}`,
    '$iothub/methods/POST/listDevices/?$rid=',
    '$iothub/methods/POST/listDevices/?$rid=1&$rid=2',
    '$iothub/methods/POST/listDevices/?',
  ])('K53: is not understood when it belongs to no request: %s', (topic) => {
    expect(() => shown(topic, '{}')).toThrow('Message of the cloud not understood');
  });

  it.each([
    'devices/gw/messages/devicebound/%zz=1',
    '$iothub/methods/POST/',
    '$iothub/methods/POST/?$rid=1',
    '$iothub/methods/POST/\\name/?$rid=1',
    '$iothub/methods/POST/a#/?$rid=1',
    '',
  ])('K53: is kept from the SDK when the gateway has no use for it: %j', (topic) => {
    expect(shown(topic, '{}')).toBeNull();
  });

  it.each(['', '<html>', '{}', '{"errorCode":429001,"message":"Throttled"}'])(
    'that refuses is an error to the SDK, whatever its body is: %j',
    (body) => {
      expect(bodyShown(answer(429), body)).toMatchObject({ errorCode: 429, message: expect.stringContaining('429') });
    },
  );

  it('K53: throws nothing but problems with a sentence', () => {
    const topic = fc.oneof(fc.constantFrom(answer(200), answer(400), DESIRED, METHOD), fc.string());
    fc.assert(
      fc.property(topic, fc.oneof(fc.json(), fc.string()), (name, body) => {
        try {
          shown(name, body);
        } catch (error) {
          expect(error).toBeInstanceOf(ServiceError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
