/**
 * The holes in the image's own firewall (`inet edgegateway`), sets that are empty as delivered (G5): `tunnel_ports` for
 * WireGuard's port while a session may use it, `scan_ports` for connections to the plant side while devices are looked
 * for, `reset_flows` for the one packet each that ends a connection at a machine. A computer without that table has a
 * firewall of its own, or none.
 */
import { z } from 'zod';
import type { TunnelLog } from '../tunnel-log.ts';
import type { HalfOpenConnection } from './half-open-reset.ts';
import { isMissing, replaceRuleset } from './nftables.ts';
import { runCommand } from './run-command.ts';

const BASE_TABLE = { family: 'inet', name: 'edgegateway' } as const;

/** Milliseconds between two looks at a hole that is held open. */
const LOOK_INTERVAL = 1000;

/** libnftables-json(5); `elem` is not there while the set is empty. */
const LISTED_SET = z.object({
  nftables: z.array(z.object({ set: z.object({ elem: z.array(z.int()).optional() }).optional() })),
});

/** Held open by an OpenHole. */
export type FirewallHole = 'tunnel_ports' | 'scan_ports';

/** Elements: the machine's address, its port, the port that it sees of the gateway. They vanish with use, or by themselves. */
const RESETS = 'reset_flows';

/** Nothing happens where there is no such set. @throws CommandError */
export async function closeFirewall(hole: FirewallHole | typeof RESETS): Promise<void> {
  await replaceRuleset([{ flush: { set: setOf(hole) } }]).catch(ignoreMissing);
}

/**
 * The next SYN of each, and no other packet. Nothing happens where there is no such set.
 * @throws CommandError
 */
export async function letResetsPass(connections: readonly HalfOpenConnection[]): Promise<void> {
  if (connections.length === 0) return;
  const elem = connections.map(({ remoteAddress, remotePort, localPort }) => ({
    concat: [remoteAddress, remotePort, localPort],
  }));
  await replaceRuleset([{ add: { element: { ...setOf(RESETS), elem } } }]).catch(ignoreMissing);
}

/**
 * Keeps a hole open until it is closed. Whoever loads the firewall anew closes it, and whoever flushes the ruleset takes the
 * set away: once a second it is looked whether the set is there without these ports.
 */
export class OpenHole {
  readonly #hole: FirewallHole;
  readonly #ports: readonly number[];
  readonly #log: TunnelLog;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | null = null;
  #problem: string | null = null;

  /** These ports and no others. @throws CommandError */
  static async open(hole: FirewallHole, ports: readonly number[], log: TunnelLog): Promise<OpenHole> {
    await openFirewall(hole, ports);
    return new OpenHole(hole, ports, log);
  }

  private constructor(hole: FirewallHole, ports: readonly number[], log: TunnelLog) {
    this.#hole = hole;
    this.#ports = ports;
    this.#log = log;
    this.#timer = setInterval(() => void this.#look(), LOOK_INTERVAL);
  }

  /** @throws CommandError */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await closeFirewall(this.#hole);
  }

  async #look(): Promise<void> {
    if (this.#looking !== null) return;
    this.#looking = this.#reopen();
    await this.#looking;
    this.#looking = null;
  }

  /** Never rejects. */
  async #reopen(): Promise<void> {
    try {
      const present = await portsIn(this.#hole);
      this.#problem = null;
      if (present === null || this.#ports.every((port) => present.includes(port))) return;
      await openFirewall(this.#hole, this.#ports);
      this.#log('warn', 'The firewall was loaded anew, and is open for this again.', { hole: this.#hole });
    } catch (error) {
      const problem = String(error);
      if (problem !== this.#problem) this.#log('warn', 'The firewall could not be looked at.', { problem });
      this.#problem = problem;
    }
  }
}

async function openFirewall(hole: FirewallHole, ports: readonly number[]): Promise<void> {
  const set = setOf(hole);
  await replaceRuleset([{ flush: { set } }, { add: { element: { ...set, elem: [...ports] } } }]).catch(ignoreMissing);
}

/** Null: there is no such set. */
async function portsIn(hole: FirewallHole): Promise<readonly number[] | null> {
  try {
    const text = await runCommand('nft', ['--json', 'list', 'set', BASE_TABLE.family, BASE_TABLE.name, hole]);
    return LISTED_SET.parse(JSON.parse(text)).nftables.flatMap(({ set }) => set?.elem ?? []);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function setOf(hole: FirewallHole | typeof RESETS) {
  return { family: BASE_TABLE.family, table: BASE_TABLE.name, name: hole };
}
