/** What was last reported of each session, and since when that has been so. */
import type { GatewaySessionState } from '@edgegateway/protocol/gateway-configuration';
import { timestampOf } from '../../timing.ts';
import type { ReportedState } from './session-phase.ts';

export class SessionReports {
  readonly #reports = new Map<string, GatewaySessionState>();

  /**
   * @param states of all sessions that there are, by their ids
   * @param now milliseconds of the wall clock: what has changed holds since then
   */
  update(states: ReadonlyMap<string, ReportedState>, now: number): Record<string, GatewaySessionState> {
    for (const id of this.#reports.keys()) if (!states.has(id)) this.#reports.delete(id);
    for (const [id, state] of states) {
      const known = this.#reports.get(id);
      if (known === undefined || !isSameState(known, state))
        this.#reports.set(id, { ...state, since: timestampOf(now) });
    }
    return Object.fromEntries(this.#reports);
  }
}

function isSameState(a: ReportedState, b: ReportedState): boolean {
  return (
    a.state === b.state &&
    a.reason === b.reason &&
    a.decidedBy === b.decidedBy &&
    a.clientPublicKey === b.clientPublicKey
  );
}
