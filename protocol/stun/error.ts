export type StunProblem =
  /** Not STUN: its first bits, magic cookie or length say so. */
  | 'not-stun'
  /** STUN, but an attribute's length or content is impossible. */
  | 'malformed'
  /** The FINGERPRINT is not that of these bytes. */
  | 'fingerprint-wrong'
  /** The caller asked for a message that cannot be written. */
  | 'not-encodable';

export class StunError extends Error {
  override readonly name = 'StunError';
  readonly problem: StunProblem;

  constructor(problem: StunProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
