/** What DPS, or something in its place, may answer: Azure's own SDK gets all of it and the process lives. */

import { ServiceError } from '@edgegateway/services/errors';
import { azureRegistrar } from '@edgegateway/services/provisioning/azure-registrar';
import { DEFAULT_RETRY_AFTER } from '@edgegateway/services/provisioning/dps-answer';
import { BROKEN_ANSWERS, SOUND_STATE } from '@edgegateway/services/provisioning/testing/dps-answers';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type ScriptedAzure, type ScriptedRequest, startScriptedAzure } from './scripted-azure.ts';

const REGISTER = '$dps/registrations/PUT/iotdps-register/';
const POLL = '$dps/registrations/GET/iotdps-get-operationstatus/';
const ASSIGNING = '{"operationId":"4.0.a-b","status":"assigning"}';
const ASSIGNED = JSON.stringify({ operationId: '4.0.a-b', status: 'assigned', registrationState: SOUND_STATE });

let azure: ScriptedAzure;

beforeAll(async () => {
  azure = await startScriptedAzure('gw-scripted');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
afterAll(() => azure.close());

const register = () => azureRegistrar.register(azure.identity, new AbortController().signal);

/** @returns the paths of what was asked, as it comes */
function answerWith(...answers: ((request: ScriptedRequest) => void)[]): string[] {
  const asked: string[] = [];
  azure.onRequest = (request) => {
    asked.push(request.path);
    answers[asked.length - 1]?.(request);
  };
  return asked;
}

const answer =
  (code: string, body: string | Buffer, retry = '') =>
  (request: ScriptedRequest) =>
    request.publish(`$dps/registrations/res/${code}/?$rid=${request.rid}${retry}`, body);

/** Has every wait of the SDK for `seconds` end at once. @returns how many there were by now */
function skipWaits(seconds: number): () => number {
  const original = globalThis.setTimeout;
  let skipped = 0;
  vi.stubGlobal('setTimeout', (callback: () => void, milliseconds?: number) => {
    const isIt = milliseconds === seconds * 1000;
    if (isIt) skipped += 1;
    return original(callback, isIt ? 0 : milliseconds);
  });
  return () => skipped;
}

test.each(BROKEN_ANSWERS)(
  'K53: the service lives when the first answer is $what',
  async ({ code, body, error, says }) => {
    const asked = answerWith(answer(code, body));
    await expect(register()).rejects.toMatchObject({
      name: 'ServiceError',
      code: error,
      message: expect.stringContaining(says),
    });
    expect(asked).toEqual([REGISTER]);
  },
);

test.each(['', '<html>', '{}', '{"status":"assigned"}'])(
  'K53: the service lives when the second answer is %j',
  async (body) => {
    skipWaits(3);
    const asked = answerWith(answer('202', ASSIGNING, '&retry-after=3'), answer('200', body));
    await expect(register()).rejects.toMatchObject({ code: 'onboarding-not-understood' });
    expect(asked).toEqual([REGISTER, POLL]);
  },
);

test('K53: the service lives when DPS hangs up instead of an answer', async () => {
  answerWith((request) => request.hangUp());
  await expect(register()).rejects.toBeInstanceOf(ServiceError);
});

test('K53: an answer in other letters than ASCII is understood', async () => {
  answerWith(
    answer('200', JSON.stringify({ status: 'assigned', registrationState: { ...SOUND_STATE, note: '“â€™”' } })),
  );
  expect(await register()).toEqual({ hub: SOUND_STATE.assignedHub, deviceId: SOUND_STATE.deviceId });
});

test('K54: an odd retry-after makes no hot loop, and registering succeeds', async () => {
  const waits = skipWaits(DEFAULT_RETRY_AFTER);
  const asked = answerWith(
    answer('503', '<html>busy</html>'),
    answer('202', ASSIGNING, '&retry-after=abc'),
    answer('202', ASSIGNING, '&retry-after=-5'),
    answer('429', '', '&retry-after=0'),
    answer('200', ASSIGNED),
  );
  expect(await register()).toEqual({ hub: SOUND_STATE.assignedHub, deviceId: SOUND_STATE.deviceId });
  expect(asked).toEqual([REGISTER, REGISTER, POLL, POLL, POLL]);
  expect(waits()).toBe(4);
});

test('K54: a retry-after beyond what a timer holds makes no hot loop', async () => {
  const waits = skipWaits(600);
  const asked = answerWith(answer('202', ASSIGNING, '&retry-after=99999999'), answer('200', ASSIGNED));
  await register();
  expect(asked).toEqual([REGISTER, POLL]);
  expect(waits()).toBe(1);
});

test('K54: giving up while the SDK waits leaves no timer of it', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  answerWith(answer('202', ASSIGNING, '&retry-after=600'));
  const giveUp = new AbortController();
  const registering = azureRegistrar.register(azure.identity, giveUp.signal);
  const waitIndex = () => set.mock.calls.findIndex(([, milliseconds]) => milliseconds === 600_000);
  await vi.waitFor(() => expect(waitIndex()).not.toBe(-1), { timeout: 20_000 });
  giveUp.abort(new Error('given up'));
  await expect(registering).rejects.toThrow('given up');
  expect(cleared.mock.calls).toContainEqual([set.mock.results[waitIndex()]?.value]);
});
