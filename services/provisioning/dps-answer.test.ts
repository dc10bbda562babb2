import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MqttMessage } from '../azure/controlled-mqtt.ts';
import { ServiceError } from '../errors.ts';
import { DEFAULT_RETRY_AFTER, inspectDpsAnswer, LONGEST_RETRY_AFTER, retryAfterOf } from './dps-answer.ts';
import { BROKEN_ANSWERS, SOUND_STATE } from './testing/dps-answers.ts';

const RID = randomUUID();

const message = (code: string, body: string | Buffer, retry = ''): MqttMessage => ({
  topic: `$dps/registrations/res/${code}/?$rid=${RID}${retry}`,
  payload: Buffer.from(body),
});

/** What the SDK makes of a body: it takes UTF-8 for ASCII. */
const asTheSdkReads = ({ payload }: MqttMessage): unknown => JSON.parse(payload.toString('ascii'));

describe('an answer of DPS', () => {
  it.each(BROKEN_ANSWERS)('K53: is told in words when it is $what', ({ code, body, error, says }) => {
    let thrown: unknown;
    try {
      inspectDpsAnswer(message(code, body));
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBeInstanceOf(ServiceError);
    expect(thrown).toMatchObject({ code: error, message: expect.stringContaining(says) });
  });

  it('that assigns reaches the SDK with what it needs, in ASCII', () => {
    const deviceId = 'gâteway-“1”';
    const body = { status: 'Assigned', registrationState: { ...SOUND_STATE, deviceId, extra: 'ü' }, other: 1 };
    expect(asTheSdkReads(inspectDpsAnswer(message('200', JSON.stringify(body))))).toEqual({
      status: 'assigned',
      registrationState: { assignedHub: 'hub.example', deviceId },
    });
  });

  it('that takes time keeps its operation and its retry-after', () => {
    const shown = inspectDpsAnswer(
      message('202', '{"operationId":"5.d0a6.e7173b7b-89e1","status":"assigning"}', '&retry-after=3'),
    );
    expect(shown.topic).toBe(`$dps/registrations/res/202/?$rid=${RID}&retry-after=3`);
    expect(asTheSdkReads(shown)).toEqual({ operationId: '5.d0a6.e7173b7b-89e1', status: 'assigning' });
  });

  it.each(['429', '500', '503'])('of code %s is asked for again, whatever its body is', (code) => {
    const shown = inspectDpsAnswer(message(code, '<html>', '&retry-after=30'));
    expect(shown.topic).toBe(`$dps/registrations/res/${code}/?$rid=${RID}&retry-after=30`);
    expect(asTheSdkReads(shown)).toEqual({});
  });

  it.each(['', '?', '/?$rid=', '/?$rid=constructor', '/?$rid=__proto__', '/?retry-after=1', '/?$rid=%'])(
    'K53: to no request of ours is not understood: %j',
    (rest) => {
      const answer = { topic: `$dps/registrations/res/200${rest}`, payload: Buffer.from('{}') };
      expect(() => inspectDpsAnswer(answer)).toThrow('not understood');
    },
  );

  it('K53: throws nothing but problems with a sentence, and shows the SDK nothing but JSON', () => {
    const status = fc.constantFrom('assigning', 'assigned', 'failed', 'disabled', 'Assigned', 'x');
    const state = fc.record(
      { assignedHub: fc.anything(), deviceId: fc.anything(), errorCode: fc.anything(), errorMessage: fc.anything() },
      { requiredKeys: [] },
    );
    const likely = fc
      .record({ status, operationId: fc.string(), registrationState: state }, { requiredKeys: [] })
      .map((value) => JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}` : inner)));
    const body = fc.oneof(likely, fc.json(), fc.string()).map((text) => Buffer.from(text));
    const topic = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.oneof(fc.integer({ min: 99, max: 600 }).map(String), fc.string()), fc.string())
        .map(([code, retry]) => `$dps/registrations/res/${code}/?$rid=${RID}&retry-after=${retry}`),
    );
    fc.assert(
      fc.property(
        topic,
        fc.oneof(
          body,
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        (name, payload) => {
          try {
            const shown = inspectDpsAnswer({ topic: name, payload });
            expect(asTheSdkReads(shown)).toBeTypeOf('object');
            const retry = Number(/&retry-after=(\d+)$/.exec(shown.topic)?.[1]);
            expect(retry).toBeGreaterThanOrEqual(1);
            expect(retry).toBeLessThanOrEqual(LONGEST_RETRY_AFTER);
          } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('retry-after', () => {
  it.each([
    [null, DEFAULT_RETRY_AFTER],
    ['', DEFAULT_RETRY_AFTER],
    ['abc', DEFAULT_RETRY_AFTER],
    ['-5', DEFAULT_RETRY_AFTER],
    ['0', DEFAULT_RETRY_AFTER],
    ['1.5', DEFAULT_RETRY_AFTER],
    ['1e9', DEFAULT_RETRY_AFTER],
    ['Sun, 06 Nov 1994 08:49:37 GMT', DEFAULT_RETRY_AFTER],
    ['1', 1],
    ['600', 600],
    ['601', LONGEST_RETRY_AFTER],
    ['99999999', LONGEST_RETRY_AFTER],
    ['9'.repeat(30), LONGEST_RETRY_AFTER],
  ])('K54: of %j is %d s', (text, seconds) => {
    expect(retryAfterOf(text)).toBe(seconds);
  });

  it('K54: that is none allows at most two requests within ten seconds', () => {
    expect(2 * DEFAULT_RETRY_AFTER).toBeGreaterThan(10);
  });
});
