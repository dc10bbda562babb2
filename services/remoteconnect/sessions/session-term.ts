import type { GatewaySession } from '@edgegateway/protocol/gateway-configuration';
import type { Clock } from '../../timing.ts';

/**
 * How long a session may still run on this gateway: until its end as it was at first sight, and never longer than the
 * cloud has given it in all. From then on only the monotonic clock counts. So a clock that is set in the meantime, in
 * either direction, neither ends a session nor lengthens it, and one that was behind from the start gains no more than
 * the session's own length.
 */
export class SessionTerm {
  readonly expiresAt: string;
  readonly #end: number;

  constructor({ startedAt, expiresAt }: Pick<GatewaySession, 'startedAt' | 'expiresAt'>, clock: Clock) {
    const end = Date.parse(expiresAt);
    this.expiresAt = expiresAt;
    this.#end = clock.monotonic() + Math.min(end - clock.wall(), end - Date.parse(startedAt));
  }

  isOver(clock: Clock): boolean {
    return clock.monotonic() >= this.#end;
  }
}
