/** A controller in the plant that has places for two connections and no more, both held from the technician's computer (T6, G4). */
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import type { Laboratory } from '../lab/laboratory.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';

const PROGRAMS = join(import.meta.dirname, '../netns');
const PLACES = 2;
const PORT = 2000;
const TARGET = `${LAB_ADDRESSES.machine}:${PORT}`;
/** Who is told to have connected: the gateway stands in for the technician's computer. */
const THROUGH_TUNNEL = LAB_ADDRESSES.ams;
/** Somebody in the plant, on the machine's own namespace. */
const NEIGHBOUR = LAB_ADDRESSES.machine;

export class Controller {
  readonly #lab: Laboratory;
  readonly #program: SupervisedProcess;
  readonly #lines: readonly string[];

  private constructor(lab: Laboratory, program: SupervisedProcess, lines: readonly string[]) {
    this.#lab = lab;
    this.#program = program;
    this.#lines = lines;
  }

  /** At the address of the machine, beside its other services. */
  static async start(lab: Laboratory): Promise<Controller> {
    const lines: string[] = [];
    const { plant } = lab.network.namespaces;
    const program = await startIn(
      lab,
      'controller',
      plant,
      ['slots-program.ts', LAB_ADDRESSES.machine, `${PORT}`],
      lines,
    );
    return new Controller(lab, program, lines);
  }

  /**
   * Takes both places through the tunnel, says nothing on them, and gives them back after the work.
   * @throws ConditionError when they are not to be had, or are not the only ones
   */
  async whileHeld(work: (told: readonly string[]) => Promise<void>): Promise<void> {
    const { office } = this.#lab.network.namespaces;
    const [before, told]: [number, string[]] = [this.#lines.length, []];
    const program = await startIn(this.#lab, 'pc', office, ['idle-connections-program.ts', TARGET, TARGET], told);
    try {
      await until('both places are held', () => this.#count(before, `accepted ${THROUGH_TUNNEL}`) === PLACES);
      await this.#neighbourIs('refused');
      await work(told);
    } finally {
      await program.stop();
    }
  }

  /**
   * Both places are held while `withdraw` takes the release away: the machine is sent a reset for each, both can be had again, and the
   * technician's program gets an error instead of silence.
   * @param client stands still until the places are free, where it is given: they are the gateway's doing
   * @throws ConditionError when it does not
   */
  isFreedBy(withdraw: () => Promise<void>, client?: SupervisedProcess): Promise<void> {
    return this.whileHeld(async (told) => {
      const before = this.#lines.length;
      signal(client, 'SIGSTOP');
      try {
        await withdraw();
        await until('both are reset', () => this.#count(before, `ended ${THROUGH_TUNNEL} ECONNRESET`) === PLACES);
        await this.#neighbourIs('accepted');
      } finally {
        signal(client, 'SIGCONT');
      }
      await until('both connections have failed at the computer', () => told.filter(isFailure).length === PLACES);
    });
  }

  close(): Promise<void> {
    return this.#program.stop();
  }

  #count(from: number, line: string): number {
    return this.#lines.slice(from).filter((said) => said === line).length;
  }

  async #neighbourIs(wanted: 'accepted' | 'refused'): Promise<void> {
    const before = this.#lines.length;
    const said = (line: string) => this.#lines.slice(before).some((other) => other.startsWith(`${line} ${NEIGHBOUR}`));
    const { plant } = this.#lab.network.namespaces;
    const program = await startIn(this.#lab, 'neighbour', plant, ['idle-connections-program.ts', TARGET], []);
    try {
      await until(`a neighbour is ${wanted}`, () => said(wanted));
    } finally {
      await program.stop();
    }
    if (wanted === 'accepted') await until('its place is free again', () => said('ended'));
  }
}

function signal(client: SupervisedProcess | undefined, name: NodeJS.Signals): void {
  if (client?.pid !== undefined) kill(client.pid, name);
}

const isFailure = (line: string): boolean => line === `ended ${TARGET} ECONNABORTED`;

/** @param argv a program of `test/netns` and its arguments */
function startIn(
  { logDirectory }: Laboratory,
  name: string,
  namespace: string,
  [program = '', ...argv]: readonly string[],
  lines: string[],
): Promise<SupervisedProcess> {
  return SupervisedProcess.start({
    name,
    command: 'ip',
    argv: ['netns', 'exec', namespace, execPath, join(PROGRAMS, program), ...argv],
    readyWhen: /^ready/,
    logDirectory,
    onLine: (line) => lines.push(line),
  });
}
