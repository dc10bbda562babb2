/** Of all processes on one database, one leads: it does what only one may do, and another takes over when it is gone. */

export interface Candidate {
  /** This process leads from now on. */
  gained(): Promise<void>;
  /** Another process may lead from now on. */
  lost(): Promise<void>;
}

/**
 * Fulfilled once it is known whether this process leads now; goes on trying otherwise.
 * @returns gives up; `lost` has been called then if this process led
 */
export type Compete = (candidate: Candidate) => Promise<() => Promise<void>>;
