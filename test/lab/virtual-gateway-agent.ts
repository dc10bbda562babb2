/**
 * The image has no login, so the laboratory puts an agent of its own into the writable partition of *its copy* of the
 * disk; the image itself stays as it is. The agent listens on the second serial port and knows a few fixed requests.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { findPartition } from '@edgegateway/image/disk/partition-table';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { until } from './until.ts';

/** What answers in the gateway. */
export const SCRIPT = join(import.meta.dirname, 'virtual-gateway-agent.sh');
export const UNIT = `[Unit]
Description=Agent of the laboratory

[Service]
ExecStart=/bin/bash /etc/laboratory/agent
StandardInput=tty-force
StandardOutput=tty
StandardError=journal
TTYPath=/dev/ttyS1
Restart=always
`;

const START_SECONDS = 240;
const CALL_MILLISECONDS = 1000;
const ANSWER_SECONDS = 60;

export type AgentRequest =
  | 'kill-service'
  | 'pause-service'
  | 'resume-service'
  | 'hang-service'
  | 'flush-firewall'
  | 'forget-path-mtu'
  | 'traces'
  | 'sockets'
  | 'failed-units'
  | 'running-units'
  | 'identity'
  | 'addresses'
  | 'settings'
  | 'file-systems'
  | 'exposure'
  | 'device-certificate'
  /** Told: the kernel's name of it. */
  | 'verity-digest'
  | 'memory'
  | 'boot-moments'
  | 'critical-chain'
  | 'settled'
  /** Told: the bytes that are free then. */
  | 'fill-disk'
  | 'free-disk'
  /** Of one unit, since the boot. */
  | `journal ${string}`
  | 'carriers'
  /** Told: the clock, and when its software is from, both in seconds since 1970. */
  | 'time'
  /** Seconds since 1970. */
  | `clock ${number}`
  /** A script beside the agent with its arguments, where somebody has put one there. */
  | `run ${string}`;

/**
 * Writes agent and unit into the partition `edgegateway-root` of a disk that no machine runs from.
 * @throws Error when debugfs(8) tells a problem; its exit status does not
 */
export async function installAgent(disk: string): Promise<void> {
  const root = await findPartition(disk, 'edgegateway-root');
  const folder = await mkdtemp(join(tmpdir(), 'laboratory-agent-'));
  try {
    await writeFile(join(folder, 'unit'), UNIT);
    const commands = [
      ...['cd /etc', 'mkdir laboratory', 'cd laboratory', `write ${SCRIPT} agent`],
      ...['cd /etc/systemd/system', `write ${join(folder, 'unit')} laboratory-agent.service`],
      ...['cd multi-user.target.wants', 'symlink laboratory-agent.service ../laboratory-agent.service'],
    ];
    await writeFile(join(folder, 'commands'), `${commands.join('\n')}\n`);
    const said = await runCommand('debugfs', [
      ...['-w', '-f', join(folder, 'commands')],
      `${disk}?offset=${root.offset}`,
    ]);
    const problem = said.split('\n').find((line) => line !== '' && !/^(?:debugfs: |Allocated inode)/.test(line));
    if (problem !== undefined) throw new Error(`The laboratory's agent cannot be installed: ${problem}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Requests over the UNIX socket that stands for the second serial port: `NUMBER WORD`, answered by lines and `end NUMBER STATUS`. */
export class GatewayAgent {
  readonly #socket: Socket;
  readonly #lines: Interface;
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#socket = connect(path);
    this.#lines = createInterface({ input: this.#socket });
    // A machine that went away shows as an answer that does not come. The interface repeats its input's errors.
    for (const source of [this.#socket, this.#lines]) source.on('error', () => this.#socket.destroy());
  }

  /** Waits until the gateway has booted so far that the agent answers. */
  async untilAwake(seconds = START_SECONDS): Promise<void> {
    let awake = false;
    const listen = (line: string): void => {
      // What was sent before the agent ran may arrive in pieces; any answer will do.
      awake ||= /^end .*\d+$/.test(line);
    };
    const call = setInterval(() => this.#socket.write('0 hello\n'), CALL_MILLISECONDS);
    this.#lines.on('line', listen);
    try {
      await until('the agent in the gateway answers', () => awake, seconds);
    } finally {
      clearInterval(call);
      this.#lines.off('line', listen);
    }
  }

  /**
   * One request after the other, in the order of the calls.
   * @returns the lines of the answer
   * @throws Error when the request failed in the gateway or nobody answers
   */
  ask(request: AgentRequest, seconds = ANSWER_SECONDS): Promise<string[]> {
    const answer = this.#last.then(() => this.#ask(request, seconds));
    // Who asked sees the failure; the next request goes on.
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#lines.close();
    this.#socket.destroy();
  }

  async #ask(request: AgentRequest, seconds: number): Promise<string[]> {
    this.#number += 1;
    const number = this.#number;
    const received: string[] = [];
    const answered = { status: NaN };
    const listen = (line: string): void => {
      const [word, answeredNumber, status] = line.split(' ');
      if (word !== 'end') received.push(line);
      else if (Number(answeredNumber) === number) answered.status = Number(status);
    };
    this.#lines.on('line', listen);
    try {
      this.#socket.write(`${number} ${request}\n`);
      await until(`the gateway answers "${request}"`, () => !Number.isNaN(answered.status), seconds);
    } finally {
      this.#lines.off('line', listen);
    }
    if (answered.status === 0) return received;
    throw new Error(`"${request}" failed in the gateway (status ${answered.status}): ${received.join('; ')}`);
  }
}
