/** Which flows go on, so that the end of each can be told with what it has carried; and the events of all that. Pure. */
import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import type { Flow, FlowReading } from '@edgegateway/tunnel/linux/whitelist';
import { timestampOf } from '../../timing.ts';

export interface ClosedFlow {
  /** As the last reading had it. */
  readonly flow: Flow;
  /** Milliseconds of the reading that had it first. */
  readonly openedAt: number;
}

export class FlowLedger {
  readonly #open = new Map<string, ClosedFlow>();

  /**
   * What a reading of now says, in the order in which it happened as far as that is known.
   * @param reading null while nothing is carried
   */
  eventsOf(reading: FlowReading | null, now: number): AuditEventDetail[] {
    const closed = this.take(reading?.active ?? [], now);
    return [
      ...(reading?.opened ?? []).map((flow) => ({ kind: 'flow-opened' as const, ...detailOf(flow) })),
      ...(reading?.refused ?? []).map((flow) => ({ kind: 'flow-refused' as const, ...detailOf(flow) })),
      ...closed.map(({ flow, openedAt }) => ({
        kind: 'flow-closed' as const,
        ...detailOf(flow),
        openedAt: timestampOf(openedAt),
        bytesToDevice: flow.bytes - flow.bytesToClient,
        bytesToClient: flow.bytesToClient,
      })),
    ];
  }

  /**
   * @param active every flow of this reading, with counters that only grow
   * @returns those that are over: gone, or begun anew with smaller counters since the reading before
   */
  take(active: readonly Flow[], now: number): ClosedFlow[] {
    const seen = new Map(active.map((flow) => [keyOf(flow), flow]));
    const closed: ClosedFlow[] = [];
    for (const [key, known] of this.#open) {
      const flow = seen.get(key);
      if (flow !== undefined && flow.bytes >= known.flow.bytes) continue;
      closed.push(known);
      this.#open.delete(key);
    }
    for (const [key, flow] of seen) this.#open.set(key, { flow, openedAt: this.#open.get(key)?.openedAt ?? now });
    return closed;
  }
}

function keyOf({ sessionId, source, destination, protocol, port }: Flow): string {
  return [sessionId, source, destination, protocol, port ?? ''].join(' ');
}

function detailOf({ sessionId, source, destination, protocol, port }: Flow) {
  return { sessionId, source, destination, protocol, ...(port === undefined ? {} : { port }) };
}
