/** How far a started session has come, as steps that a person can follow. Pure. */
import type { Session, SessionProgress } from '../../api/contract.ts';

export type StepName = 'started' | 'client' | 'approval' | 'gateways' | 'relay' | 'connected' | 'direct';
export type StepState = 'done' | 'current' | 'pending' | 'failed';

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
}

/** Client and gateways come in any order; every step that is not done but could be is current. */
export function progressSteps(state: Session['state'], progress: SessionProgress): Step[] {
  const gateways = Object.values(progress.gateways);
  const client = progress.ticketRedeemedAt !== null;
  const failed = gateways.includes('failed');
  const prepared = gateways.length > 0 && gateways.every((one) => one === 'prepared' || one === 'connected');
  const connectedPeers = progress.peers.filter((peer) => peer.state === 'connected');
  const connected = state === 'active' || connectedPeers.length > 0;
  const met = connected || progress.peers.some(({ relay }) => relay !== null);
  const direct = connectedPeers.length > 0 && connectedPeers.every(({ path }) => path === 'direct');
  const approvals = Object.values(progress.approvals);
  return [
    { name: 'started', state: 'done' },
    { name: 'client', state: client ? 'done' : 'current' },
    ...(approvals.length === 0 ? [] : [{ name: 'approval', state: approvalState(gateways, approvals) } as const]),
    { name: 'gateways', state: failed ? 'failed' : prepared ? 'done' : 'current' },
    { name: 'relay', state: met ? 'done' : client && prepared ? 'current' : 'pending' },
    { name: 'connected', state: connected ? 'done' : client && prepared ? 'current' : 'pending' },
    { name: 'direct', state: direct ? 'done' : connected ? 'current' : 'pending' },
  ];
}

function approvalState(gateways: readonly string[], approvals: readonly (object | null)[]): StepState {
  if (gateways.includes('refused')) return 'failed';
  return approvals.includes(null) ? 'current' : 'done';
}
