/** What entries of one session tell: when its tunnel came and changed, and what passed through it. Pure. */
import { type AuditEventDetail, auditEventDetail } from '@edgegateway/protocol/audit-event';
import { timestamp } from '@edgegateway/protocol/wire-values';
import type { HistoryStep, PathStep, SessionFlow } from '../contract/history.ts';
import type { AuditEntry } from '../contract.ts';

/** By the time it happened; what ends told later stands where it belongs. */
export function stepsOf(entries: readonly AuditEntry[]): HistoryStep[] {
  return entries
    .map((entry) => ({ occurredAt: timestamp.safeParse(entry.details['occurredAt']).data ?? entry.at, entry }))
    .toSorted(
      (one, other) =>
        Date.parse(one.occurredAt) - Date.parse(other.occurredAt) || one.entry.sequence - other.entry.sequence,
    );
}

export function pathsOf(steps: readonly HistoryStep[]): PathStep[] {
  return steps.flatMap(({ occurredAt: at, entry }): PathStep[] => {
    const event = eventOf(entry);
    const by = entry.actor;
    if (event?.kind === 'tunnel-connected') return [{ at, by, step: 'connected', path: event.path }];
    if (event?.kind === 'path-changed') return [{ at, by, step: 'changed', path: event.path }];
    return event?.kind === 'tunnel-lost' ? [{ at, by, step: 'lost', path: null }] : [];
  });
}

type FlowEvent = Extract<AuditEventDetail, { kind: 'flow-opened' | 'flow-refused' | 'flow-closed' }>;

/** @param deviceAt the name of the device at an address behind a gateway, where it is known */
export function flowsOf(
  steps: readonly HistoryStep[],
  deviceAt: (gateway: string | null, address: string) => string | null,
): SessionFlow[] {
  const flows: SessionFlow[] = [];
  /** Flows that go on, by what makes them one. */
  const open = new Map<string, SessionFlow>();
  for (const { occurredAt, entry } of steps) {
    const event = eventOf(entry);
    if (event === null || !isFlow(event)) continue;
    const key = [entry.gateway, event.source, event.destination, event.protocol, event.port].join(' ');
    const isClosed = event.kind === 'flow-closed';
    const known = isClosed ? open.get(key) : undefined;
    const flow = known ?? {
      gateway: entry.gateway,
      device: deviceAt(entry.gateway, event.destination),
      address: event.destination,
      protocol: event.protocol,
      port: event.port ?? null,
      refused: event.kind === 'flow-refused',
      openedAt: isClosed ? event.openedAt : occurredAt,
      ...{ closedAt: null, bytesToDevice: null, bytesToClient: null },
    };
    if (known === undefined) flows.push(flow);
    if (event.kind === 'flow-opened') open.set(key, flow);
    if (!isClosed) continue;
    flow.closedAt = occurredAt;
    flow.bytesToDevice = event.bytesToDevice;
    flow.bytesToClient = event.bytesToClient;
    open.delete(key);
  }
  return flows;
}

function isFlow(event: AuditEventDetail): event is FlowEvent {
  return event.kind === 'flow-opened' || event.kind === 'flow-refused' || event.kind === 'flow-closed';
}

/** The event that an end told (event-intake.ts wrote it down); null for what the cloud or a person did. */
function eventOf({ action, details }: AuditEntry): AuditEventDetail | null {
  const { occurredAt, log: _log, sequence: _sequence, ...detail } = details;
  if (occurredAt === undefined) return null;
  return auditEventDetail.safeParse({ kind: action, ...detail }).data ?? null;
}
