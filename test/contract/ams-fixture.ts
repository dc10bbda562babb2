/** The AMS as it is shipped, as a process of its own behind an inherited socket, on a private bus. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { type ConsoleInformation, consoleInformation } from '@edgegateway/protocol/gateway-files';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { type SystemBus, startSystemBus } from '../lab/system-bus.ts';
import { until } from '../lab/until.ts';

export const PASSWORD = 'a password of the plant';
const root = join(import.meta.dirname, '../..');
const UNIT = 'remoteconnect.service';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  json(): unknown;
}

export class AmsFixture {
  readonly directory: string;
  bus: SystemBus | null = null;
  systemd: SupervisedProcess | null = null;
  port = 0;
  cookie: string | null = null;
  #ams: ChildProcess | null = null;
  #output = '';

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<AmsFixture> {
    const fixture = new AmsFixture(await mkdtemp(join(tmpdir(), 'ams-contract-')));
    for (const name of ['shared/switch', 'state', 'run', 'page'])
      await mkdir(join(fixture.directory, name), { recursive: true });
    await writeFile(join(fixture.directory, 'shared/settings.json'), JSON.stringify({ registrationId: 'edge-0042' }));
    await writeFile(join(fixture.directory, 'page/index.html'), '<!doctype html><title>AMS</title>');
    return fixture;
  }

  /** What the AMS has written since it was started. */
  get output(): string {
    return this.#output;
  }

  get flagFile(): string {
    return join(this.directory, 'shared/switch/remoteconnect-on');
  }

  get busAddress(): string {
    return `unix:path=${join(this.directory, 'bus')}`;
  }

  async startBus(): Promise<void> {
    this.bus = await startSystemBus(this.directory, this.directory);
  }

  async stopBus(): Promise<void> {
    await this.bus?.close();
    this.bus = null;
  }

  /** @param faults options of the stand-in that make it harder on the AMS */
  async startSystemd(
    environment: Readonly<Record<string, string>> = {},
    faults: readonly string[] = [],
  ): Promise<void> {
    const program = join(import.meta.dirname, 'ams-fake-service.ts');
    this.systemd = await SupervisedProcess.start({
      name: 'systemd',
      command: execPath,
      argv: [
        ...[join(root, 'test/lab/fake-systemd/main.ts'), '--unit', UNIT, '--condition', this.flagFile],
        ...['--command', JSON.stringify([execPath, program])],
        ...['--stop-post', JSON.stringify(['touch', join(this.directory, 'stop-post-ran')]), ...faults],
      ],
      environment: { DBUS_SYSTEM_BUS_ADDRESS: this.busAddress, ...environment },
      readyWhen: /^ready$/,
      logDirectory: this.directory,
    });
  }

  async stopSystemd(): Promise<void> {
    await this.systemd?.stop();
    this.systemd = null;
  }

  /** Starts the AMS on a fresh port of the loopback interface that it inherits as descriptor 3. */
  async startAms(): Promise<void> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    const handle: unknown = Reflect.get(listener, '_handle');
    const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
    if (typeof descriptor !== 'number') throw new Error('the listener has no descriptor');
    // The shell's process becomes the AMS: the pid that LISTEN_PID must name.
    const shell = 'LISTEN_PID=$$ exec "$@"';
    const child = spawn('sh', ['-c', shell, 'sh', execPath, join(root, 'appliance/main.ts')], {
      stdio: ['ignore', 'pipe', 'pipe', descriptor],
      env: {
        ...process.env,
        LISTEN_FDS: '1',
        EDGEGATEWAY_DIRECTORY: join(this.directory, 'shared'),
        STATE_DIRECTORY: join(this.directory, 'state'),
        RUNTIME_DIRECTORY: join(this.directory, 'run'),
        AMS_UI: join(this.directory, 'page'),
        DBUS_SYSTEM_BUS_ADDRESS: this.busAddress,
      },
    });
    this.#ams = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    listener.close();
    await until('the AMS is ready or has ended', () => child.exitCode !== null || /^ready$/m.test(this.#output));
    if (child.exitCode !== null) throw new Error(`the AMS ended:\n${this.#output}`);
  }

  async stopAms(): Promise<number | null> {
    const child = this.#ams;
    this.#ams = null;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    return ended;
  }

  async console(): Promise<ConsoleInformation> {
    return consoleInformation.parse(JSON.parse(await readFile(join(this.directory, 'run/console.json'), 'utf8')));
  }

  /** As the page asks: with cookie and Origin. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await new Promise<Answer>((resolve, reject) => {
      const request = httpsRequest(
        {
          ...{ host: '127.0.0.1', port: this.port, path, method, rejectUnauthorized: false, agent: false },
          headers: {
            origin: `https://127.0.0.1:${this.port}`,
            ...(this.cookie === null ? {} : { cookie: this.cookie }),
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        (response) => {
          let received = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            received += part;
          });
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: received,
              json: () => JSON.parse(received) as unknown,
            }),
          );
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(text);
    });
    const set = answer.headers['set-cookie'];
    if (Array.isArray(set)) this.cookie = set[0]?.split(';', 1)[0] ?? null;
    return answer;
  }

  /** Sets the first password with the code from the console; logged in afterwards. */
  async setUp(): Promise<void> {
    const { oneTimeCode } = await this.console();
    const answer = await this.ask('POST', '/api/setup', { oneTimeCode, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`setup answered ${answer.status}: ${answer.text}`);
  }

  async close(): Promise<void> {
    await this.stopAms();
    await this.stopSystemd();
    await this.stopBus();
    await rm(this.directory, { recursive: true, force: true });
  }
}
