/**
 * Traffic of an application through the tunnels: machines that send everything back, and clients that count.
 */
import { z } from 'zod';
import { until } from '../../lab/until.ts';
import { ip } from './namespaces.ts';
import type { Program, Programs } from './programs.ts';
import type { StreamReport } from './stream-count.ts';
import type { StreamSettings } from './stream-program.ts';
import {
  CLIENT_TUNNEL_NETWORK,
  PLANT_INTERFACE,
  RELEASED_NETWORK,
  releasedAddressOf,
  type TunnelEnd,
} from './tunnel-pair.ts';

const ECHO_PORT = 7;
const PACKET_BYTES = 200;

const countList = z.array(z.int());
const reportList = z.array(
  z
    .object({
      sent: z.int(),
      lost: z.int(),
      lostRange: z.tuple([z.int(), z.int()]).nullable(),
      duplicates: z.int(),
      reordered: z.int(),
      largestGapMs: z.int(),
    })
    .nullable(),
);

/** Puts a machine behind a gateway, on the gateway's own plant interface. */
export async function startEcho(programs: Programs, gateway: TunnelEnd): Promise<Program> {
  const address = releasedAddressOf(gateway);
  const { end } = gateway.site;
  // A bridge without ports stands for a device that nothing is plugged into; not every kernel has dummy devices.
  await ip(
    end,
    `link add ${PLANT_INTERFACE} type bridge`,
    `address add ${address}/24 dev ${PLANT_INTERFACE}`,
    `link set ${PLANT_INTERFACE} up`,
    // The machine is the gateway itself: without it, an answer would leave in clear once the tunnel's routes are gone.
    `route add prohibit ${CLIENT_TUNNEL_NETWORK}`,
  );
  const input = [address, String(ECHO_PORT)];
  return programs.start({ name: `${gateway.name}-echo`, namespace: end, file: 'echo-program.ts', input });
}

export class ClientStreams {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /**
   * Starts a stream to each gateway. They begin before there is a tunnel, so that no moment of it is missed.
   * @param interval milliseconds between two packets of one stream
   */
  static async start(
    programs: Programs,
    client: TunnelEnd,
    gateways: readonly TunnelEnd[],
    interval: number,
  ): Promise<ClientStreams> {
    // Without it the packets would leave in clear by the default route until the tunnel has its own.
    await ip(client.site.end, `route add prohibit ${RELEASED_NETWORK}`);
    const targets = gateways.map((gateway) => ({ address: releasedAddressOf(gateway), port: ECHO_PORT }));
    const input: StreamSettings = { targets, interval, packetBytes: PACKET_BYTES };
    const name = `${client.name}-stream`;
    return new ClientStreams(
      await programs.start({ name, namespace: client.site.end, file: 'stream-program.ts', input }),
    );
  }

  /** Answered packets so far, in the order of the gateways. */
  answered(): readonly number[] {
    const line = this.#program.last(/^answered /)?.text ?? 'answered []';
    return countList.parse(JSON.parse(line.replace('answered ', '')));
  }

  /** Waits until each stream has had so many answers more than now. */
  async untilAnswered(more: number, seconds: number): Promise<void> {
    const before = this.answered();
    await until(
      `every stream has ${more} more answers`,
      () => {
        const now = this.answered();
        return now.length > 0 && now.every((count, index) => count >= (before[index] ?? 0) + more);
      },
      seconds,
    );
  }

  /** Sends nothing until `goOn()`. */
  rest(): void {
    this.#program.signal('SIGTSTP');
  }

  goOn(): void {
    this.#program.signal('SIGCONT');
  }

  /** What was counted since the last report, in the order of the gateways; null for a stream without any answer. */
  async report(): Promise<readonly (StreamReport | null)[]> {
    const after = this.#program.lines.length;
    this.#program.signal('SIGUSR2');
    const { text } = await this.#program.untilLine(/^report /, after);
    return reportList.parse(JSON.parse(text.replace('report ', '')));
  }
}
