/**
 * Ends connections whose release was taken back, so that a controller with two places for connections has both free again
 * at once (T6). The whitelist has cut them before: no packet passes, and nothing here is needed for that.
 *
 * INVARIANTS
 * - Whoever takes back a release does not wait for this, and does not hear of its failure: that is a line in the log.
 * - One withdrawal after the other, each bounded in time and in connections.
 * - The entries of conntrack go first: while they are there, source NAT gives their port to nobody else, this machine
 *   included.
 */
import type { TunnelLog } from '../tunnel-log.ts';
import { deleteFlows, listFlowsOf, type TrackedFlow } from './conntrack.ts';
import { letResetsPass } from './gateway-firewall.ts';
import { type HalfOpenConnection, resetHalfOpen } from './half-open-reset.ts';
import { isWithdrawn, type Withdrawal } from './withdrawal.ts';

/** Connections that are reset by one withdrawal; of more, only conntrack's entries go. */
const RESET_LIMIT = 256;

/** States of conntrack in which a machine may hold a connection. */
const HELD_STATES: ReadonlySet<string | null> = new Set(['SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT']);

export class FlowEnding {
  readonly #log: TunnelLog;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(log: TunnelLog) {
    this.#log = log;
  }

  /** After the packets of these are refused. */
  begin(withdrawals: readonly Withdrawal[]): void {
    if (withdrawals.length === 0) return;
    this.#lastTurn = this.#lastTurn
      .then(() => this.#end(withdrawals))
      .catch((error: unknown) => {
        this.#log('warn', 'Withdrawn connections are cut, but could not be ended.', { problem: String(error) });
      });
  }

  /** Fulfilled when what was begun is done, or has failed. */
  settled(): Promise<void> {
    return this.#lastTurn;
  }

  async #end(withdrawals: readonly Withdrawal[]): Promise<void> {
    const listed = await Promise.all(
      withdrawals.map(async (withdrawal) => {
        const flows = await listFlowsOf(withdrawal.clientAddress);
        return flows.filter((flow) => isWithdrawn(flow, withdrawal));
      }),
    );
    const flows = listed.flat();
    if (flows.length === 0) return;
    await deleteFlows(flows);
    const held = flows.flatMap(heldByMachine).slice(0, RESET_LIMIT);
    await letResetsPass(held);
    const results = await Promise.all(held.map(resetHalfOpen));
    const problem = results.find((result) => result !== null);
    this.#log('info', 'Withdrawn connections have ended.', {
      ...{ connections: flows.length, resetAtMachines: results.filter((result) => result === null).length },
      ...(problem === undefined ? {} : { problem }),
    });
  }
}

/** What the machine has of the connection, if it may have something and the gateway stands in for the client there. */
export function heldByMachine({ client, machine, seenByMachine, details }: TrackedFlow): HalfOpenConnection[] {
  if (details.protocol !== 'tcp' || !HELD_STATES.has(details.state) || seenByMachine === client) return [];
  return [
    {
      localAddress: seenByMachine,
      localPort: details.portSeenByMachine,
      remoteAddress: machine,
      remotePort: details.machinePort,
    },
  ];
}
