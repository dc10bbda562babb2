import type { BusConnection } from '../bus/bus-connection.ts';
import type { BusProxy } from '../bus/system-bus.ts';
import { type Log, sentenceOf } from '../log.ts';
import { addressesOf } from './network-addresses.ts';

const NETWORKD = {
  destination: 'org.freedesktop.network1',
  path: '/org/freedesktop/network1',
  interface: 'org.freedesktop.network1.Manager',
} as const;

/** systemd-networkd, asked for the addresses of the plant side. */
export class NetworkProxy implements BusProxy {
  readonly busName = NETWORKD.destination;
  readonly #interfaceName: string;
  readonly #log: Log;
  #connection: BusConnection | null = null;

  constructor(interfaceName: string, log: Log) {
    this.#interfaceName = interfaceName;
    this.#log = log;
  }

  async attach(connection: BusConnection): Promise<void> {
    this.#connection = connection;
  }

  detach(): void {
    this.#connection = null;
  }

  onSignal(): void {}

  /** Empty while nobody tells. */
  async addresses(): Promise<string[]> {
    if (this.#connection === null) return [];
    try {
      const [text] = await this.#connection.call({ ...NETWORKD, member: 'Describe' });
      return addressesOf(this.#interfaceName, text);
    } catch (error) {
      this.#log.warn({ problem: sentenceOf(error) }, 'systemd-networkd did not tell the addresses');
      return [];
    }
  }
}
