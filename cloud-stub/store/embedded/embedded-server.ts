/**
 * PostgreSQL's server as a child of this process. When it dies it is started again, as often as it takes, and recovers by
 * itself: what was confirmed is on the disk.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { pid } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import { endOldServers } from './old-servers.ts';
import { type ServerOptions, ServerProcess } from './server-process.ts';

/** Before a failed start is tried again; doubled each time. Milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

type State =
  | { readonly kind: 'serving'; readonly server: ServerProcess }
  | { readonly kind: 'starting'; readonly ready: PromiseWithResolvers<void> }
  /** Between two attempts. */
  | { readonly kind: 'failing'; readonly problem: Error }
  | { readonly kind: 'stopped' };

export class EmbeddedServer {
  readonly #options: ServerOptions;
  readonly #folder: FileHandle;
  readonly #stopping = new AbortController();
  #state: State;
  readonly #supervision: Promise<void>;

  private constructor(options: ServerOptions, folder: FileHandle, server: ServerProcess) {
    this.#options = options;
    this.#folder = folder;
    this.#state = { kind: 'serving', server };
    this.#supervision = this.#supervise(server);
  }

  /**
   * Fulfilled once it serves; a server that an earlier owner has left is ended before.
   * @throws StoreError as ServerProcess.start, and store-in-use
   */
  static async start(options: ServerOptions): Promise<EmbeddedServer> {
    await endOldServers(options.folder);
    const folder = await open(options.folder, 'r');
    try {
      return new EmbeddedServer(options, folder, await ServerProcess.start(options));
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /**
   * The folder of its socket, for as long as this process lives, and for all processes of this user. The path of a socket
   * ends at 107 bytes (unix(7)), that of a data folder does not: the kernel leads there by an open descriptor (proc(5)).
   */
  get host(): string {
    return `/proc/${pid}/fd/${this.#folder.fd}`;
  }

  get processId(): number | undefined {
    return this.#state.kind === 'serving' ? this.#state.server.pid : undefined;
  }

  /**
   * Fulfilled when it serves; while it is being started that is waited for.
   * @throws StoreError why the last start failed
   */
  async untilReady(): Promise<void> {
    const state = this.#state;
    switch (state.kind) {
      case 'serving':
        return;
      case 'starting':
        return state.ready.promise;
      case 'failing':
        throw state.problem;
      case 'stopped':
        throw new StoreError('store-closed', 'The store is closed.');
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#supervision;
    await this.#folder.close();
  }

  async #supervise(first: ServerProcess): Promise<void> {
    const { signal } = this.#stopping;
    const stopped = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
    let server: ServerProcess | null = first;
    while (server !== null) {
      const how: string | null = await Promise.race([server.ended, stopped]);
      if (how === null) {
        this.#state = { kind: 'stopped' };
        await server.stop();
        return;
      }
      this.#options.log(`PostgreSQL has ended (${how}) and is started again.`);
      server = await this.#startAgain(signal);
    }
    this.#state = { kind: 'stopped' };
  }

  /** @returns null when it was told to stop */
  async #startAgain(signal: AbortSignal): Promise<ServerProcess | null> {
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const ready = Promise.withResolvers<void>();
      // Whoever waits sees the rejection; nobody has to.
      ready.promise.catch(() => undefined);
      this.#state = { kind: 'starting', ready };
      try {
        await endOldServers(this.#options.folder);
        const server = await ServerProcess.start(this.#options);
        this.#state = { kind: 'serving', server };
        ready.resolve();
        return server;
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        this.#options.log(`PostgreSQL could not be started: ${problem.message}`);
        this.#state = { kind: 'failing', problem };
        ready.reject(problem);
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
    return null;
  }
}
