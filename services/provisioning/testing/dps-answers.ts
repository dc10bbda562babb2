/** Answers that DPS, or something in its place, may give and that give no assignment. */
import type { ServiceErrorCode } from '../../errors.ts';

export const SOUND_STATE = { registrationId: 'gw', assignedHub: 'hub.example', deviceId: 'gw', status: 'assigned' };

export interface BrokenAnswer {
  readonly what: string;
  /** The part of the topic. */
  readonly code: string;
  readonly body: string | Buffer;
  readonly error: ServiceErrorCode;
  /** Part of the sentence that the plant reads. */
  readonly says: string;
}

const notUnderstood = (what: string, body: string | Buffer, says: string, code = '200'): BrokenAnswer => ({
  ...{ what, code, body, says: `Provisioning answer not understood (${says}` },
  error: 'onboarding-not-understood',
});

const refused = (what: string, code: string, body: string | Buffer, says: string): BrokenAnswer => ({
  ...{ what, code, body, error: 'onboarding-refused', says: `does not accept this gateway (${says})` },
});

export const BROKEN_ANSWERS: readonly BrokenAnswer[] = [
  notUnderstood('empty', '', 'it is empty'),
  notUnderstood('a page of HTML', '<html><body>Log in to the plant network</body></html>', 'it is no JSON'),
  notUnderstood('cut in half', '{"operationId":"4.0.a-b","sta', 'it is no JSON'),
  notUnderstood('no text', Buffer.from('ff00fe', 'hex'), 'it is no JSON'),
  notUnderstood('null', 'null', 'it has no status'),
  notUnderstood('a number', '7', 'it has no status'),
  notUnderstood('a list', '[]', 'it has no status'),
  notUnderstood('without status', '{"operationId":"4.0.a-b"}', 'it has no status'),
  notUnderstood('with a status that is no text', '{"status":200}', 'it has no status'),
  notUnderstood('of an unknown status', '{"status":"sleeping\\u001b[2K\\n"}', 'status "sleeping [2k"'),
  notUnderstood('unassigned', '{"status":"unassigned"}', 'status "unassigned"'),
  notUnderstood('assigning, of no operation', '{"status":"assigning"}', 'assigning without an operation', '202'),
  notUnderstood(
    'assigning, of an operation that is no name',
    '{"status":"assigning","operationId":"a/#"}',
    'assigning',
  ),
  notUnderstood('assigned, without its state', '{"status":"assigned"}', 'assigned without a hub and a device'),
  notUnderstood(
    'assigned, with null for its state',
    '{"status":"assigned","registrationState":null}',
    'assigned without a hub and a device',
  ),
  notUnderstood(
    'assigned, to no hub',
    '{"status":"assigned","registrationState":{"deviceId":"gw"}}',
    'assigned without a hub and a device',
  ),
  notUnderstood(
    'assigned, to a hub that is no host',
    '{"status":"assigned","registrationState":{"assignedHub":"no host!","deviceId":"gw"}}',
    'assigned without a hub and a device',
  ),
  notUnderstood(
    'assigned, as no device',
    '{"status":"assigned","registrationState":{"assignedHub":"hub.example","deviceId":""}}',
    'assigned without a hub and a device',
  ),
  notUnderstood('redirected', '', 'code 302)', '302'),
  notUnderstood('without a code', '{}', 'topic "$dps/registrations/res/OK/?$rid=', 'OK'),
  refused('401, empty', '401', '', 'code 401'),
  refused('404, empty', '404', '', 'code 404'),
  refused('403, in HTML', '403', '<html>', 'code 403'),
  refused('401, explained', '401', '{"errorCode":401002,"message":"Unauthorized"}', 'code 401, 401002: Unauthorized'),
  refused('failed, unexplained', '200', '{"status":"failed"}', 'registration failed'),
  refused(
    'failed, explained',
    '200',
    '{"status":"failed","registrationState":{"errorCode":403002,"errorMessage":"The hub is “full”."}}',
    '403002: The hub is “full”.',
  ),
  {
    ...{ what: 'of another code', code: '400', body: '', error: 'onboarding-failed' },
    says: 'did not answer as expected (code 400)',
  },
  {
    ...{ what: 'disabled', code: '200', body: '{"status":"disabled"}', error: 'onboarding-disabled' },
    says: 'This gateway has been disabled in the cloud.',
  },
  {
    ...{ what: 'disabled, explained', code: '200', error: 'onboarding-disabled' },
    body: '{"status":"Disabled","registrationState":{"errorCode":403001,"errorMessage":"The enrollment is disabled."}}',
    says: 'This gateway has been disabled in the cloud (403001: The enrollment is disabled.).',
  },
];
