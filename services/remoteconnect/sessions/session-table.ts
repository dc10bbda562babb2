/**
 * Which sessions run on this gateway, and why the others do not. Decides; touches nothing.
 *
 * INVARIANTS
 * - Only what the cloud wants runs (C1); it stops when the cloud takes it back, when its time is over (session-term.ts),
 *   when one of its addresses means something else at this gateway (taken-addresses.ts), or when the plant ends it (G4).
 *   The run that the plant ended does not come back, whatever the cloud says; the cloud may start another one.
 * - Switching off ends every session for good, also when the cloud did not hear of it: none is taken over by two
 *   switchings on (G4).
 * - What the plant has to approve waits, and is in no plan, until the plant has said yes to this very client (P3).
 * - Every change is an event, once, in the order in which it happened (P2).
 */
import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import type { GatewayConnection } from '@edgegateway/protocol/gateway-bus';
import type { GatewaySession, GatewaySessionState } from '@edgegateway/protocol/gateway-configuration';
import type { ReleasedAddress } from '@edgegateway/protocol/released-address';
import type { TunnelPeerStatus } from '@edgegateway/tunnel/tunnel-peer';
import { clip } from '../../errors.ts';
import { type Clock, timestampOf } from '../../timing.ts';
import type { TwinDocument } from '../cloud/twin-document.ts';
import { Deadline } from '../deadline.ts';
import { clashOf, NOTHING_TAKEN, type TakenAddresses } from '../taken-addresses.ts';
import { readDesiredSessions, type SessionNetwork } from './desired-sessions.ts';
import { decisionOn, type PlantDecision } from './plant-decisions.ts';
import {
  connectionState,
  endedReason,
  isOpen,
  type Phase,
  type ReportedState,
  removedFor,
  reportedState,
} from './session-phase.ts';
import { SessionReports } from './session-reports.ts';
import { SessionTerm } from './session-term.ts';
import { runMark, type TakenSession } from './taken-sessions.ts';

interface Entry {
  readonly session: GatewaySession;
  readonly term: SessionTerm;
  /** Until when the plant may answer; null where it is not asked. */
  readonly answerDeadline: Deadline | null;
  readonly phase: Phase;
}

export interface RunningSession extends GatewaySession {
  readonly sessionId: string;
}

/** What the kernel and the tunnel engine are to carry; null network: nothing at all. */
export interface SessionPlan {
  readonly network: SessionNetwork | null;
  readonly sessions: readonly RunningSession[];
}

export interface SessionTableOptions {
  readonly clock: Clock;
  readonly record: (event: AuditEventDetail) => void;
  /** Sessions that the plant has ended before this start, and by whom. */
  readonly ended: ReadonlyMap<string, string>;
  /** What the plant has said before this start. */
  readonly decisions: ReadonlyMap<string, PlantDecision>;
  /** Sessions that were taken over before this start. */
  readonly taken: ReadonlyMap<string, TakenSession>;
  /** The switching on at the plant by which sessions run now. */
  readonly switchOnId: string;
}

const SWITCHED_OFF = 'switched off';
const TIME_IS_OVER = 'its time is over';
const NO_ANSWER = 'the plant did not answer in time';

export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #endedBy: Map<string, string>;
  readonly #decisions: Map<string, PlantDecision>;
  readonly #taken: Map<string, TakenSession>;
  readonly #reports = new SessionReports();
  #network: SessionNetwork | null = null;
  #refused = new Map<string, string>();
  #peers: ReadonlyMap<string, TunnelPeerStatus> = new Map();
  #problem: string | null = null;
  #takenAddresses: TakenAddresses = NOTHING_TAKEN;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#endedBy = new Map(options.ended);
    this.#decisions = new Map(options.decisions);
    this.#taken = new Map(options.taken);
  }

  /** Sessions that stay ended, and by whom: to be remembered across restarts. */
  get ended(): ReadonlyMap<string, string> {
    return this.#endedBy;
  }

  /** What the plant has said: to be remembered across restarts. */
  get decisions(): ReadonlyMap<string, PlantDecision> {
    return this.#decisions;
  }

  /** Which sessions run or have run, by which switching on: to be remembered across restarts. */
  get taken(): ReadonlyMap<string, TakenSession> {
    return this.#taken;
  }

  setDesired(desired: TwinDocument): void {
    const { network, sessions, refused } = readDesiredSessions(desired.properties);
    this.#network = network;
    const known = this.#refused;
    this.#refused = new Map(refused.map((entry) => [entry.sessionId ?? '', entry.reason]));
    for (const [id, entry] of this.#entries) {
      if (sessions.has(id)) continue;
      this.#entries.delete(id);
      const isRefused = this.#refused.has(id) || this.#refused.has('');
      if (isOpen(entry)) this.#recordRemoved(id, isRefused ? 'its configuration is not valid' : 'the cloud ended it');
    }
    for (const [id, reason] of this.#refused) {
      if (known.get(id) === reason) continue;
      const text = clip(id === '' ? reason : `session ${id}: ${reason}`, 200);
      this.#options.record({ kind: 'configuration-refused', version: desired.version, reason: text });
    }
    // What cannot be read may hide any session.
    if (!this.#refused.has('')) this.#forgetAllBut(new Set([...sessions.keys(), ...this.#refused.keys()]));
    for (const [id, session] of sessions) {
      this.#take(id, session);
      this.#wanted(id, session);
    }
  }

  /** Whether a session ended with it; to be called about once a second. */
  expire(): boolean {
    let changed = false;
    for (const [id, entry] of this.#entries) {
      if (!isOpen(entry)) continue;
      const reason = this.#overFor(entry);
      if (reason === null) continue;
      this.#stop(id, entry, reason);
      this.#recordRemoved(id, reason);
      changed = true;
    }
    return changed;
  }

  /**
   * The plant lets in the client with this key (P3).
   * @returns false when no such session waits for it
   */
  approve(id: string, clientPublicKey: string, by: string): boolean {
    const entry = this.#waitingFor(id, clientPublicKey);
    if (entry === null) return false;
    this.#decisions.set(id, { decision: 'approved', clientPublicKey, by });
    this.#entries.set(id, { ...entry, phase: { phase: 'running' } });
    this.#options.record({ kind: 'approval-given', sessionId: id, clientPublicKey, by });
    this.#recordConfigured(id, entry.session);
    return true;
  }

  /**
   * The plant does not let it in, in its own words, which may be empty.
   * @returns false when no such session waits for it
   */
  refuse(id: string, clientPublicKey: string, by: string, words: string): boolean {
    const entry = this.#waitingFor(id, clientPublicKey);
    if (entry === null) return false;
    this.#decisions.set(id, { decision: 'refused', clientPublicKey, by, words });
    this.#entries.set(id, { ...entry, phase: { phase: 'refused', by, words } });
    this.#options.record({ kind: 'approval-refused', sessionId: id, by, words });
    return true;
  }

  /** The plant ends a session (G4). False when no such session runs. */
  end(id: string, by: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || !isOpen(entry)) return false;
    this.#endedBy.set(id, by);
    this.#stop(id, entry, endedReason(by));
    this.#options.record({ kind: 'session-ended-locally', sessionId: id, by });
    return true;
  }

  /** The service stops: every session ends with it. */
  endAll(reason: string): void {
    for (const [id, entry] of this.#entries) {
      if (!isOpen(entry)) continue;
      this.#stop(id, entry, reason);
      this.#recordRemoved(id, reason);
    }
  }

  setPeers(peers: readonly TunnelPeerStatus[]): void {
    this.#peers = new Map(peers.map((peer) => [peer.id, peer]));
  }

  /** Why no tunnel can be had at present; null: it can. */
  setProblem(problem: string | null): void {
    this.#problem = problem;
  }

  /** What addresses mean around the gateway now; `expire` then ends the sessions that are in the way of it. */
  setTakenAddresses(addresses: TakenAddresses): void {
    this.#takenAddresses = addresses;
  }

  plan(): SessionPlan {
    const sessions = [...this.#entries].flatMap(([sessionId, entry]) =>
      entry.phase.phase === 'running' ? [{ ...entry.session, sessionId }] : [],
    );
    return { network: this.#network, sessions };
  }

  /** For the reported properties. */
  states(): Record<string, GatewaySessionState> {
    const states = new Map<string, ReportedState>();
    for (const [id, reason] of this.#refused) if (id !== '') states.set(id, { state: 'failed', reason });
    for (const [id, entry] of this.#entries) states.set(id, this.#stateOf(id, entry));
    return this.#reports.update(states, this.#options.clock.wall());
  }

  /** For the AMS. */
  connections(): GatewayConnection[] {
    return [...this.#entries].map(([id, { session, phase }]) => {
      const peer = phase.phase === 'running' ? this.#peers.get(id) : undefined;
      const { name, user, clientPublicKey, released, expiresAt, approval } = session;
      const approvedBy = this.#approvedBy(id, session);
      const since = peer?.connectedSince ?? null;
      return {
        sessionId: id,
        ...{ name, user, clientPublicKey, released, expiresAt },
        state: connectionState(phase, peer?.state === 'connected'),
        path: peer?.path ?? null,
        relayReason: peer?.relayReason ?? null,
        mtu: peer?.mtu ?? null,
        connectedSince: since === null ? null : timestampOf(since),
        receivedBytes: peer?.receivedBytes ?? 0,
        sentBytes: peer?.sentBytes ?? 0,
        approval: approval === undefined ? null : { ...approval, approvedBy },
      };
    });
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const remembered of [this.#endedBy, this.#decisions, this.#taken])
      for (const id of remembered.keys()) if (!ids.has(id)) remembered.delete(id);
  }

  #take(id: string, session: GatewaySession): void {
    const { switchOnId, record } = this.#options;
    const run = runMark(session);
    const before = this.#taken.get(id);
    if (before?.run !== run) {
      this.#taken.set(id, { switchOnId, run });
      // What the plant has ended was the run before; the cloud may have started the next one before its end was seen here.
      if (before !== undefined) this.#endedBy.delete(id);
    } else if (before.switchOnId !== switchOnId && !this.#endedBy.has(id)) {
      this.#endedBy.set(id, SWITCHED_OFF);
      record({ kind: 'session-removed', sessionId: id, reason: endedReason(SWITCHED_OFF) });
    }
  }

  #wanted(id: string, session: GatewaySession): void {
    const { clock, record } = this.#options;
    const known = this.#entries.get(id);
    // The same time is not measured again: the clock may have been set in the meantime.
    const term = known?.term.expiresAt === session.expiresAt ? known.term : new SessionTerm(session, clock);
    const entry = { session, term, answerDeadline: this.#answerDeadline(session, known) };
    const phase = this.#phaseOf(id, entry);
    this.#entries.set(id, { ...entry, phase });
    const isOther = known === undefined || known.phase.phase !== phase.phase || !isSameClient(known.session, session);
    const isTaken = isOther && known !== undefined && isOpen(known);
    if (isTaken && !(isOpen({ phase }) && isSameClient(known.session, session)))
      this.#recordRemoved(id, removedFor(phase));
    if (isOther && phase.phase === 'running') this.#recordConfigured(id, session);
    else if (isOther && phase.phase === 'waiting') this.#recordAsked(id, session);
    else if (known === undefined && phase.phase === 'stopped' && phase.reason === this.#clashOf(session))
      this.#recordRemoved(id, phase.reason);
    else if (isOpen({ phase }) && JSON.stringify(known?.session.released) !== JSON.stringify(session.released))
      record({ kind: 'session-changed', sessionId: id, released: session.released.map(releasedText) });
  }

  #answerDeadline({ approval }: GatewaySession, known: Entry | undefined): Deadline | null {
    if (approval === undefined) return null;
    const before = known?.answerDeadline ?? null;
    return before?.at === approval.until ? before : new Deadline(approval.until, this.#options.clock);
  }

  #phaseOf(id: string, entry: Omit<Entry, 'phase'>): Phase {
    const by = this.#endedBy.get(id);
    if (by !== undefined) return { phase: 'stopped', reason: endedReason(by) };
    const decision = decisionOn(this.#decisions.get(id), entry.session);
    if (decision?.decision === 'refused') return { phase: 'refused', by: decision.by, words: decision.words };
    const phase = entry.answerDeadline === null || decision !== null ? 'running' : 'waiting';
    const over = this.#overFor({ ...entry, phase: { phase } });
    return over === null ? { phase } : { phase: 'stopped', reason: over };
  }

  /** Why an open session is over, by its time or by its addresses; null: it is not. */
  #overFor({ session, term, answerDeadline, phase }: Entry): string | null {
    const { clock } = this.#options;
    if (term.isOver(clock)) return TIME_IS_OVER;
    const clash = this.#clashOf(session);
    if (clash !== null) return clash;
    return phase.phase === 'waiting' && answerDeadline?.hasPassed(clock) === true ? NO_ANSWER : null;
  }

  #clashOf(session: GatewaySession): string | null {
    return clashOf(session, this.#network?.tunnelAddress ?? '', this.#takenAddresses);
  }

  #waitingFor(id: string, clientPublicKey: string): Entry | null {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.phase.phase !== 'waiting') return null;
    return entry.session.clientPublicKey === clientPublicKey && this.#overFor(entry) === null ? entry : null;
  }

  #approvedBy(id: string, session: GatewaySession): string | null {
    const decision = decisionOn(this.#decisions.get(id), session);
    return decision?.decision === 'approved' ? decision.by : null;
  }

  #stateOf(id: string, { phase, session }: Entry): ReportedState {
    const isConnected = this.#peers.get(id)?.state === 'connected';
    const reported = reportedState(phase, this.#approvedBy(id, session), this.#problem, isConnected);
    return session.approval === undefined ? reported : { ...reported, clientPublicKey: session.clientPublicKey };
  }

  #stop(id: string, entry: Entry, reason: string): void {
    this.#entries.set(id, { ...entry, phase: { phase: 'stopped', reason } });
  }

  #recordConfigured(id: string, { clientPublicKey, released }: GatewaySession): void {
    const texts = released.map(releasedText);
    this.#options.record({ kind: 'session-configured', sessionId: id, clientPublicKey, released: texts });
  }

  #recordAsked(id: string, { clientPublicKey, approval }: GatewaySession): void {
    if (approval === undefined) return;
    this.#options.record({ kind: 'approval-asked', sessionId: id, clientPublicKey, until: approval.until });
  }

  #recordRemoved(id: string, reason: string): void {
    this.#options.record({ kind: 'session-removed', sessionId: id, reason: clip(reason, 200) });
  }
}

function isSameClient(a: GatewaySession, b: GatewaySession): boolean {
  return a.clientPublicKey === b.clientPublicKey && a.clientAddress === b.clientAddress;
}

function releasedText({ address, protocol, port }: ReleasedAddress): string {
  return [address, protocol, port].filter((part) => part !== undefined).join(' ');
}
