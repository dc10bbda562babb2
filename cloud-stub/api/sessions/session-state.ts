/**
 * A session's states and what moves it between them. Pure.
 *
 *     prepared --start--> starting --connected--> active --finish--> ended | expired --start--> starting ...
 *                         starting --ask--> waiting-for-approval --approved--> starting
 *     prepared --lapse--> expired --renew--> prepared
 */
import type { StateWhy } from '../contract/session-rules.ts';
import type { Session } from '../contract.ts';
import { sentenceOfWhy } from './state-why.ts';

export type SessionState = Session['state'];

/** What there is to say of an end: for programs too, or no more than a plain sentence. */
export type EndReason = StateWhy | string;

export type SessionEvent =
  | { readonly type: 'start' }
  /** The client is there, and the plant is asked. */
  | { readonly type: 'ask'; readonly until: string }
  /** Every plant that was asked has said yes. */
  | { readonly type: 'approved' }
  /** A tunnel has carried data. */
  | { readonly type: 'connected' }
  /** Someone, or the loss of something it needs, ends it. */
  | { readonly type: 'end'; readonly reason: EndReason }
  /** The time of the run is over. */
  | { readonly type: 'expire'; readonly why: StateWhy }
  /** The time in which it may be started is over. */
  | { readonly type: 'lapse'; readonly at: string }
  /** It was given more time to be started in. */
  | { readonly type: 'renew' };

export interface SessionStanding {
  readonly state: SessionState;
  /** A plain sentence, or empty. */
  readonly stateReason: string;
  readonly why: StateWhy | null;
}

export function isRunning(state: SessionState): boolean {
  return state === 'starting' || state === 'waiting-for-approval' || state === 'active';
}

/** The next standing; null where the event has no meaning in this state, and nothing changes. */
export function nextStanding(state: SessionState, event: SessionEvent): SessionStanding | null {
  switch (event.type) {
    case 'start':
      return state === 'active' || state === 'waiting-for-approval' ? null : standing('starting');
    case 'ask':
      return state === 'starting'
        ? standing('waiting-for-approval', { code: 'waiting-for-approval', until: event.until })
        : null;
    case 'approved':
      return state === 'waiting-for-approval' ? standing('starting') : null;
    case 'connected':
      return state === 'starting' ? standing('active') : null;
    case 'end':
      return isRunning(state) ? standing('ended', event.reason) : null;
    case 'expire':
      return isRunning(state) ? standing('expired', event.why) : null;
    case 'lapse':
      return state === 'prepared' ? standing('expired', { code: 'validity-over', at: event.at }) : null;
    case 'renew':
      return state === 'expired' ? standing('prepared') : null;
  }
}

function standing(state: SessionState, reason: EndReason = ''): SessionStanding {
  if (typeof reason === 'string') return { state, stateReason: reason, why: null };
  return { state, stateReason: sentenceOfWhy(reason), why: reason };
}
