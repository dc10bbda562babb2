import type { AmsError, AmsErrorCode } from './contract.ts';

interface Row {
  readonly status: number;
  /** The problem and what the user can do about it. */
  readonly message: string;
}

/** Every refusal of the AMS. */
export const AMS_ERRORS: Readonly<Record<AmsErrorCode, Row>> = {
  'invalid-request': { status: 400, message: 'The request is not as agreed. Reload the page and try again.' },
  'not-logged-in': { status: 401, message: 'There is no login, or it has expired. Log in.' },
  'foreign-origin': { status: 403, message: 'The request did not come from this page. Open the AMS and try there.' },
  'not-found': { status: 404, message: 'There is nothing here. Start at the main page.' },
  'one-time-code-wrong': {
    status: 403,
    message: 'The one-time code is wrong. Read it from the console of the gateway; each start makes a new one.',
  },
  'password-already-set': { status: 409, message: 'A password has been set already. Log in with it.' },
  'password-not-set': { status: 409, message: 'No password has been set yet. Set one with the one-time code.' },
  'password-wrong': { status: 403, message: 'The password is wrong. Try again.' },
  'too-many-attempts': { status: 429, message: 'Too many wrong attempts. Wait and try again.' },
  'systemd-unavailable': {
    status: 503,
    message: 'The system does not answer. Try again; if it stays so, restart the gateway.',
  },
  'switching-failed': {
    status: 502,
    message: 'The system did not carry the switch out. Try again; if it stays so, restart the gateway.',
  },
  'service-unavailable': {
    status: 503,
    message: 'The remoteConnect service does not answer. Try again, or switch remoteConnect off.',
  },
  'storage-full': {
    status: 507,
    message:
      "The gateway's storage is full, so nothing was changed. Switching off works; otherwise ask the manufacturer.",
  },
  internal: { status: 500, message: 'Something went wrong in the AMS. Try again; its journal tells more.' },
};

export class AmsFailure extends Error {
  override readonly name = 'AmsFailure';
  readonly code: AmsErrorCode;
  readonly retryAfterSeconds: number | null;

  constructor(code: AmsErrorCode, options: { readonly retryAfterSeconds?: number; readonly cause?: unknown } = {}) {
    super(AMS_ERRORS[code].message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }

  get status(): number {
    return AMS_ERRORS[this.code].status;
  }

  get answer(): AmsError {
    const { code, message, retryAfterSeconds } = this;
    return retryAfterSeconds === null ? { code, message } : { code, message, retryAfterSeconds };
  }
}

/** ENOSPC and EDQUOT of open(2) and write(2): no room, or no room for another file. */
export function isStorageFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
