/** QEMU's machine protocol: one JSON object a line over a UNIX socket (qemu-qmp-ref(7)). */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ImageError } from '../errors.ts';

const answer = z.union([
  z
    .object({ return: z.unknown() })
    .transform(({ return: value }) => ({ kind: 'done' as const, text: typeof value === 'string' ? value : '' })),
  z
    .object({ error: z.object({ class: z.string(), desc: z.string() }) })
    .transform(({ error }) => ({ kind: 'refused' as const, problem: `${error.class}: ${error.desc}` })),
  z.object({ event: z.string() }).transform(({ event }) => ({ kind: 'event' as const, event })),
  z.object({ QMP: z.unknown() }).transform(() => ({ kind: 'greeting' as const })),
]);
export type QmpMessage = z.infer<typeof answer>;

/** @throws ImageError machine-failed for anything but a message of the protocol */
export function parseQmpLine(line: string): QmpMessage {
  try {
    return answer.parse(JSON.parse(line));
  } catch (error) {
    throw new ImageError('machine-failed', `QEMU said something unexpected: ${line.slice(0, 200)}`, { cause: error });
  }
}

/** What each command takes. */
export interface QmpCommands {
  qmp_capabilities: undefined;
  quit: undefined;
  stop: undefined;
  system_powerdown: undefined;
  system_reset: undefined;
  set_link: { name: string; up: boolean };
  screendump: { filename: string; format: 'png' };
  /** For what the protocol lacks; answers with the text that a person would read. */
  'human-monitor-command': { 'command-line': string };
}

interface Waiting {
  resolve(text: string): void;
  reject(error: Error): void;
}

export class QmpConnection {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #gone: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#read(line));
    // The interface repeats its input's errors.
    for (const source of [socket, lines]) source.on('error', (error: Error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection to QEMU is closed')));
  }

  /** @throws Error of the socket while QEMU does not listen yet */
  static async open(path: string): Promise<QmpConnection> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
    const connection = new QmpConnection(socket);
    await connection.execute('qmp_capabilities');
    return connection;
  }

  /**
   * Answers come in the order of the commands, so a queue is enough to tell whose they are.
   * @returns the answer where it is a text
   * @throws ImageError machine-failed when QEMU refuses
   */
  execute<Name extends keyof QmpCommands>(
    ...[command, argument]: QmpCommands[Name] extends undefined ? [Name] : [Name, QmpCommands[Name]]
  ): Promise<string> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: argument })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(line: string): void {
    let message: QmpMessage;
    try {
      message = parseQmpLine(line);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    switch (message.kind) {
      case 'greeting':
      case 'event':
        return;
      case 'done':
        this.#waiting.shift()?.resolve(message.text);
        return;
      case 'refused':
        this.#waiting.shift()?.reject(new ImageError('machine-failed', `QEMU refused a command: ${message.problem}`));
        return;
    }
  }

  #end(error: Error): void {
    this.#gone ??= error;
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#gone);
  }
}
