/** How far a session has come on this gateway, and how that is told to the cloud and to the AMS. Pure. */
import type { GatewayConnection } from '@edgegateway/protocol/gateway-bus';
import type { GatewaySessionState } from '@edgegateway/protocol/gateway-configuration';
import { clip } from '../../errors.ts';

export type Phase =
  /** For the plant's approval. */
  | { readonly phase: 'waiting' }
  | { readonly phase: 'running' }
  | { readonly phase: 'stopped'; readonly reason: string }
  | { readonly phase: 'refused'; readonly by: string; readonly words: string };

export type ReportedState = Omit<GatewaySessionState, 'since'>;

/**
 * @param approvedBy who at the plant has approved it; null where nobody was asked
 * @param problem why no tunnel can be had at present; null: it can
 */
export function reportedState(
  phase: Phase,
  approvedBy: string | null,
  problem: string | null,
  isConnected: boolean,
): ReportedState {
  switch (phase.phase) {
    case 'waiting':
      return { state: 'waiting-for-approval' };
    case 'refused':
      return { state: 'refused', decidedBy: phase.by, ...(phase.words === '' ? {} : { reason: phase.words }) };
    case 'stopped':
      return { state: 'failed', reason: phase.reason };
    case 'running': {
      const decided = approvedBy === null ? {} : { decidedBy: approvedBy };
      if (problem !== null) return { state: 'failed', reason: clip(problem, 500), ...decided };
      return { state: isConnected ? 'connected' : 'prepared', ...decided };
    }
  }
}

/** It runs, or may still come to run by itself or by the plant's word. */
export function isOpen({ phase }: { readonly phase: Phase }): boolean {
  return phase.phase === 'running' || phase.phase === 'waiting';
}

export function removedFor(phase: Phase): string {
  switch (phase.phase) {
    case 'stopped':
      return phase.reason;
    case 'refused':
      return `refused by the plant (${phase.by})`;
    case 'running':
    case 'waiting':
      return 'the cloud gave it to another client';
  }
}

export function connectionState(phase: Phase, isConnected: boolean): GatewayConnection['state'] {
  switch (phase.phase) {
    case 'waiting':
      return 'waiting-for-approval';
    case 'running':
      return isConnected ? 'connected' : 'waiting';
    case 'stopped':
    case 'refused':
      return 'ended';
  }
}

export function endedReason(by: string): string {
  return `ended by the plant (${by})`;
}
