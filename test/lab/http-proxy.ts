/** An HTTP proxy as a company has it: tinyproxy(8), which tunnels connections (CONNECT) for whoever may. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpProxy } from '@edgegateway/tunnel/http-proxy';
import { freePort } from './free-port.ts';
import { SupervisedProcess } from './supervised-process.ts';

export interface HttpProxyOptions {
  readonly directory: string;
  readonly credentials: HttpProxy['credentials'];
  /** The only ports that connections are tunnelled to. */
  readonly ports: readonly number[];
  /** Seconds after which a silent connection is cut. */
  readonly idleSeconds?: number;
  /** Where it listens; none: at a free port of this host's loopback. */
  readonly place?: HttpProxyPlace;
}

export interface HttpProxyPlace {
  readonly namespace: string;
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

export interface RunningHttpProxy {
  readonly proxy: HttpProxy;
  stop(): Promise<void>;
}

export async function startHttpProxy(options: HttpProxyOptions): Promise<RunningHttpProxy> {
  const { directory, credentials, ports, idleSeconds = 600 } = options;
  const { place } = options;
  const { address, port } = place ?? { address: '127.0.0.1', port: await freePort() };
  const name = `tinyproxy-${place?.namespace ?? port}`;
  const file = join(directory, `${name}.conf`);
  const lines = [
    ...[`Listen ${address}`, `Port ${port}`, `Timeout ${idleSeconds}`, 'LogLevel Info'],
    ...ports.map((allowed) => `ConnectPort ${allowed}`),
    ...(credentials === null ? [] : [`BasicAuth ${credentials.user} ${credentials.password}`]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  // By itself it keeps its lines back until there are many.
  const argv = ['stdbuf', '-oL', 'tinyproxy', '-d', '-c', file];
  const running = await SupervisedProcess.start({
    name,
    command: place === undefined ? 'env' : 'ip',
    argv: place === undefined ? argv : ['netns', 'exec', place.namespace, ...argv],
    readyWhen: /Accepting connections/,
    logDirectory: directory,
  });
  return { proxy: { url: `http://${address}:${port}`, credentials }, stop: () => running.stop() };
}
