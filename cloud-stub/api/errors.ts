import type { ApiError } from '@edgegateway/protocol/client-api';

/** Every refusal of the cloud's interface: status, and the sentence that says what to do. docs/api.md lists them. */
export const PROBLEMS = {
  'not-understood': [400, 'The request is not understood.'],
  'not-logged-in': [401, 'Log in first.'],
  'login-refused': [401, 'The e-mail address or the password is not right.'],
  'code-wrong': [403, 'This code is not right, or it was used already. Wait for the next one.'],
  'password-wrong': [403, 'The password is not right.'],
  'second-factor-required': [403, 'Your account needs a second factor. Set it up first.'],
  'second-factor-stays': [409, 'Your account needs a second factor. It can be replaced, not removed.'],
  'no-second-factor': [409, 'There is no second factor.'],
  'password-common': [400, 'This password is easily guessed. Take another one: several words, for example.'],
  'password-personal': [400, 'The password is made of the name or the e-mail address. Take another one.'],
  'user-disabled': [409, 'This user is disabled. Enable the user first.'],
  'single-sign-on-user': [409, 'This user logs in by single sign-on and has no password here.'],
  'too-many-attempts': [429, 'Too many attempts. Wait a little and try again.'],
  'wrong-origin': [403, 'The request does not come from the web interface of this cloud. Open its page and try again.'],
  'not-allowed': [403, 'Your role does not allow this. Ask an administrator.'],
  'scope-missing': [403, 'The access token does not have the scope for this.'],
  'too-many-tokens': [409, 'You have too many access tokens. Revoke those that nobody uses.'],
  'not-found': [404, 'There is no such thing, or it is not released to you.'],
  'too-large': [413, 'The request is too large.'],
  'invitation-invalid': [403, 'The invitation code is not valid or has expired. Ask an administrator for a new one.'],
  'email-taken': [409, 'A user with this e-mail address exists already.'],
  'last-administrator': [409, 'The last active administrator has to stay one. Add another one first.'],
  yourself: [409, 'You cannot do this to yourself. Ask another administrator.'],
  'gateway-exists': [409, 'A gateway with this registration id exists already. Remove it first.'],
  'certificate-invalid': [
    400,
    "This is not a certificate in PEM form. Copy the whole text that the gateway's AMS shows.",
  ],
  'certificate-of-another': [400, 'The certificate was made for another registration id. Copy both from the same AMS.'],
  'not-an-authority': [
    400,
    'This is not the certificate of a certification authority in PEM form. Take the one that signs the gateways.',
  ],
  'group-exists': [409, 'There is an enrolment group with this certificate already.'],
  'address-taken': [409, 'A device with this address exists already behind this gateway.'],
  'gateway-offline': [409, 'The gateway is not online. Ask the plant to switch remoteConnect on.'],
  'scan-running': [409, 'This gateway is searching already. Wait for its result.'],
  'mapping-needed': [
    409,
    'A session releases the same address behind another gateway and needs this mapping. Change the session first.',
  ],
  'unknown-gateway': [400, 'A selected gateway is not in the cloud. Select devices of other gateways.'],
  'unknown-user': [400, 'A selected user is not in the cloud. Select other users.'],
  'same-address-twice': [
    409,
    'The same address is selected behind two gateways. One connection cannot reach both: map one device to another address, or make a session for each.',
  ],
  'address-in-the-way': [
    409,
    'A selected address means something else on the way to the plant, and the connection would cut itself off. Map the device to another address, or give it one.',
  ],
  'too-many-gateways': [409, 'One session reaches at most 20 gateways. Make several sessions.'],
  'gateway-not-ready': [
    409,
    'A gateway that was never online cannot be added to a running session. Switch remoteConnect on there first.',
  ],
  'gateway-full': [409, 'This gateway has too many running sessions. End one, or select fewer addresses.'],
  'session-running': [409, 'A running session cannot be edited. End it first.'],
  preconditions: [409, 'The session cannot be started yet.'],
  'not-running': [409, 'The session is not running.'],
  'ticket-invalid': [403, 'This link is not valid any more. Start the session again in the cloud.'],
  'ticket-used': [403, 'This link works once. Start the session again in the cloud for a new one.'],
  'key-in-use': [409, 'This key is in use already. Start the session and the client again.'],
  'addresses-exhausted': [503, 'No tunnel address is free. End sessions that nobody needs.'],
  internal: [500, 'Something went wrong in the cloud. Try again; if it stays, tell the operator.'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  /** Seconds until another attempt makes sense. */
  readonly retryAfter: number | null;

  constructor(code: ProblemCode, options: { readonly detail?: string; readonly retryAfter?: number } = {}) {
    const [status, message] = PROBLEMS[code];
    super(options.detail === undefined ? message : `${message} (${options.detail})`);
    this.code = code;
    this.status = status;
    this.retryAfter = options.retryAfter ?? null;
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

/**
 * Problem details as the interface answers them (RFC 9457).
 * @param detail the sentence for the user, where it says more than the code's own
 * @param url the request's
 */
export function problemDetails<Code extends ProblemCode>(
  code: Code,
  detail: string,
  url: string,
): ApiError & { readonly code: Code } {
  const [status, title] = PROBLEMS[code];
  const [instance = ''] = url.split('?');
  return {
    type: `/api/docs#${code}`,
    title,
    status,
    detail: detail.slice(0, 500),
    instance: instance.slice(0, 500),
    code,
  };
}
