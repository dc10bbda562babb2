/** Watches the gateway's WAN side and sorts what the gateway sends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface SentPacket {
  /** `link`: DHCP, ARP, neighbour discovery and group membership of its own link; `outward`: everything else. */
  readonly scope: 'link' | 'outward';
  /** tcpdump's line. */
  readonly text: string;
}

const OWN_LINK = [
  /ethertype ARP/,
  /\.68 > \S+\.67: BOOTP\/DHCP/,
  /ICMP6, (?:neighbor|router|multicast listener)/,
  /fe80::\S+\.546 > ff02::1:2\.547: dhcp6/,
];

/** Sorts one line of `tcpdump -n -e`. */
export function classifyPacket(line: string): SentPacket {
  return { scope: OWN_LINK.some((pattern) => pattern.test(line)) ? 'link' : 'outward', text: line };
}

export class PacketCapture {
  readonly #child: ChildProcess;
  readonly #packets: SentPacket[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Fulfilled once packets are being captured.
   * @param direction which packets count, seen from the device: those it sends or those it receives (tcpdump(1), -Q)
   */
  static async start(namespace: string, device: string, direction: 'in' | 'out'): Promise<PacketCapture> {
    const options = ['-n', '-e', '-l', '--immediate-mode', '-i', device, '-Q', direction];
    const argv = ['netns', 'exec', namespace, 'tcpdump', ...options];
    const child = spawn('ip', argv, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const capture = new PacketCapture(child);
    createInterface({ input: child.stdout }).on('line', (line) => capture.#packets.push(classifyPacket(line)));
    await new Promise<void>((resolve, reject) => {
      const said: string[] = [];
      createInterface({ input: child.stderr }).on('line', (line) => {
        said.push(line);
        if (line.startsWith('listening on')) resolve();
      });
      child.once('exit', () => reject(new Error(`tcpdump ended: ${said.join(' ')}`)));
    });
    return capture;
  }

  /** All packets so far, or those since an earlier count. */
  packets(since = 0): readonly SentPacket[] {
    return this.#packets.slice(since);
  }

  get count(): number {
    return this.#packets.length;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGTERM');
    await ended;
  }
}
