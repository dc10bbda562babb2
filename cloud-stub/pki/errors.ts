/** What can be wrong with the cloud's keys and certificates, and what the operator does about it. */
const REMEDIES = {
  'authority-incomplete': 'Restore the file from a backup, or remove the whole pki folder and hand the new ca.pem out.',
  'authority-expired': 'Remove the whole pki folder, start again, and hand the new ca.pem to gateways and clients.',
  'token-key-damaged': 'Restore the file from a backup, or remove it: a new key is made and sessions start again.',
  'audit-key-damaged':
    'Restore the file from a backup, or remove it: a new key is made, and auditors need its public half for new exports.',
  'unknown-host': 'Certificates exist for the host names of the configuration only: add it there and restart.',
} as const;

export type PkiErrorCode = keyof typeof REMEDIES;

export class PkiError extends Error {
  override readonly name = 'PkiError';
  readonly code: PkiErrorCode;

  constructor(code: PkiErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem} ${REMEDIES[code]}`, options);
    this.code = code;
  }
}
