/** What can be wrong when a relay starts, and what the operator does about it. */
const REMEDIES = {
  'unknown-relay': 'Name one of the relays of the configuration.',
  'files-missing': "The cloud's main program makes these files: start it with the same configuration.",
  'files-invalid': "Remove the named files and start the cloud's main program: it makes them again.",
} as const;

export type RelayErrorCode = keyof typeof REMEDIES;

export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem} ${REMEDIES[code]}`, options);
    this.code = code;
  }
}
