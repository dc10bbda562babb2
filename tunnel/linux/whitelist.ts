/**
 * The whitelist on the gateway (T6): what sessions may reach, held by an nftables table of our own.
 */
import type { AddressTranslation, ReleasedAddress } from '@edgegateway/protocol/released-address';
import { PACKET_BYTES } from '../path/path-size.ts';
import type { TunnelLog } from '../tunnel-log.ts';
import { FlowEnding } from './flow-ending.ts';
import { flowKey, type ObservedFlow, parseFlowSets } from './flow-sets.ts';
import { listTable, removeTable, replaceRuleset } from './nftables.ts';
import { changedWhitelist, newWhitelist, WHITELIST_TABLE } from './whitelist-ruleset.ts';
import { withdrawalsBetween } from './withdrawal.ts';

export interface WhitelistSession {
  readonly sessionId: string;
  /** The only source address that this session's client may use. */
  readonly clientAddress: string;
  readonly released: readonly ReleasedAddress[];
  /** Released addresses that the client reaches under others. */
  readonly translations?: readonly AddressTranslation[];
}

export interface WhitelistOptions {
  /** The tunnel's interface, for example `rc0`. It need not exist yet. */
  readonly interfaceName: string;
  /** The interface towards the machines, for example `lan0`: no packet of the tunnel leaves by another one. */
  readonly plantInterface: string;
  readonly mtu?: number;
  readonly log: TunnelLog;
}

export interface Flow {
  readonly sessionId: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'other';
  /** The destination port; only for tcp and udp. */
  readonly port?: number;
  /** Both directions together, since the flow was opened. For a refused one: what was dropped. */
  readonly packets: number;
  readonly bytes: number;
  /** Of these, what the machine has sent. */
  readonly bytesToClient: number;
}

export interface FlowReading {
  /** Flows that carried a packet within the last minute. */
  readonly active: readonly Flow[];
  /** Those of `active` that the reading before did not have: to be logged. */
  readonly opened: readonly Flow[];
  /** Refused within the last minute and not in the reading before: to be logged. */
  readonly refused: readonly Flow[];
}

/** Drops everything from and to the interface unless a session releases it. Apply before the interface is created. */
export class Whitelist {
  readonly #options: Required<WhitelistOptions>;
  readonly #ending: FlowEnding;
  #sessions: readonly WhitelistSession[] = [];
  #known = new Set<string>();
  /** Until then a table is a leftover, and replaced. */
  #isInstalled = false;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(options: WhitelistOptions) {
    this.#options = { mtu: PACKET_BYTES.full, ...options };
    this.#ending = new FlowEnding(options.log);
  }

  /**
   * Makes these the sessions, in one transaction: there is no moment with a half of the old and a half of the new.
   * A connection whose session is gone, or whose address is no longer released, is cut with its next packet; it is ended at
   * the machine too, which `flowsEnded` waits for.
   * @throws CommandError
   */
  apply(sessions: readonly WhitelistSession[]): Promise<void> {
    return this.#inTurn(async () => {
      const isPresent = this.#isInstalled && (await listTable(WHITELIST_TABLE)) !== null;
      const before = this.#sessions;
      await this.#install(isPresent, sessions);
      this.#ending.begin(withdrawalsBetween(before, sessions));
    });
  }

  /**
   * Who talks to what, and what was refused; call about once a second. A table that someone else removed
   * (`nft flush ruleset`) is installed again.
   * @throws CommandError
   */
  readFlows(): Promise<FlowReading> {
    return this.#inTurn(async () => {
      const table = this.#isInstalled ? await listTable(WHITELIST_TABLE) : null;
      if (this.#isInstalled && table === null) await this.#install(false, this.#sessions);
      const { active, refused } = parseFlowSets(table ?? { nftables: [] });
      const known = this.#known;
      this.#known = new Set([...active, ...refused].map(flowKey));
      const fresh = (flow: ObservedFlow) => !known.has(flowKey(flow));
      return {
        active: this.#withSession(active),
        opened: this.#withSession(active.filter(fresh)),
        refused: this.#withSession(refused.filter(fresh)),
      };
    });
  }

  /**
   * Removes the table and ends what was released, as `apply` of nothing does. May be called again. Close the WireGuard
   * interface first: without the table it is open.
   */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isInstalled = false;
      await removeTable(WHITELIST_TABLE);
      this.#ending.begin(withdrawalsBetween(this.#sessions, []));
      this.#sessions = [];
    });
  }

  /** Fulfilled, within seconds, when the connections of all that was taken back are ended, or could not be. */
  flowsEnded(): Promise<void> {
    return this.#ending.settled();
  }

  async #install(isPresent: boolean, sessions: readonly WhitelistSession[]): Promise<void> {
    await replaceRuleset(isPresent ? changedWhitelist(sessions) : newWhitelist(this.#options, sessions));
    this.#sessions = sessions;
    this.#isInstalled = true;
  }

  /** One after the other: a reading must not bring back a table that is being removed. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  #withSession(flows: readonly ObservedFlow[]): Flow[] {
    const sessionIds = new Map(this.#sessions.map((session) => [session.clientAddress, session.sessionId]));
    return flows.flatMap(({ verdict: _verdict, ...flow }) => {
      const sessionId = sessionIds.get(flow.source);
      return sessionId === undefined ? [] : [{ sessionId, ...flow }];
    });
  }
}
