export type BusErrorCode =
  /** There is no connection, or nobody owns the name that was asked. */
  | 'unavailable'
  | 'timed-out'
  /** The other side answered with an error. */
  | 'refused'
  /** The answer is not as agreed. */
  | 'invalid-answer';

export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
