/** Keeps one connection to the system bus; after a loss it is made again and every proxy attached anew. */
import type { Message } from '@jellybrick/dbus-next';
import { type Log, sentenceOf } from '../log.ts';
import { pause } from '../timing.ts';
import { BusConnection } from './bus-connection.ts';

/** What stands for one service of the bus. */
export interface BusProxy {
  /** The well-known name that it follows. */
  readonly busName: string;
  /** A new connection, or a new owner of the name: subscribe and read everything. */
  attach(connection: BusConnection): Promise<void>;
  onSignal(signal: Message): void;
  /** The connection or the owner is gone; nothing known holds any more. */
  detach(): void;
}

const RETRY = { firstMilliseconds: 250, capMilliseconds: 5000 } as const;

export interface SystemBusOptions {
  readonly address: string;
  readonly proxies: readonly BusProxy[];
  readonly log: Log;
}

/** Fulfilled once `signal` is aborted. */
export async function followSystemBus(options: SystemBusOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await followOnce(options, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) break;
      options.log.warn({ problem: sentenceOf(error) }, 'the system bus is lost; trying again');
    }
    const delay = Math.min(RETRY.firstMilliseconds * 2 ** Math.min(failures, 10), RETRY.capMilliseconds);
    failures += 1;
    await pause(delay, signal).catch(() => undefined);
  }
}

async function followOnce(options: SystemBusOptions, signal: AbortSignal, onConnected: () => void): Promise<void> {
  const { proxies } = options;
  const connection = await BusConnection.open(options.address);
  const close = () => connection.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    connection.onSignal((message) => deliver(options, connection, message));
    for (const { busName } of proxies) {
      await connection.addMatch(
        `type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${busName}'`,
      );
    }
    await Promise.all(
      proxies.map(async (proxy) => {
        if ((await connection.ownerOf(proxy.busName)) !== null) await attach(options, connection, proxy);
      }),
    );
    onConnected();
    throw await connection.lost;
  } finally {
    signal.removeEventListener('abort', close);
    connection.close();
    for (const proxy of proxies) proxy.detach();
  }
}

function deliver(options: SystemBusOptions, connection: BusConnection, message: Message): void {
  if (message.sender !== 'org.freedesktop.DBus' || message.member !== 'NameOwnerChanged') {
    for (const proxy of options.proxies) proxy.onSignal(message);
    return;
  }
  const [name, , owner] = message.body;
  for (const proxy of options.proxies) {
    if (proxy.busName !== name) continue;
    proxy.detach();
    if (owner !== '') void attach(options, connection, proxy);
  }
}

async function attach({ log }: SystemBusOptions, connection: BusConnection, proxy: BusProxy): Promise<void> {
  try {
    await proxy.attach(connection);
  } catch (error) {
    log.warn({ name: proxy.busName, problem: sentenceOf(error) }, 'a service on the system bus could not be read');
    proxy.detach();
    // Attached again with a fresh connection: half an answer is none.
    connection.close();
  }
}
