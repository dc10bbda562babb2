/**
 * One connection to the message bus. The library's quirks are kept here: a lost bus raises no event of its own, a call to a
 * lost bus is never answered, and connection errors come as untyped events.
 */
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { DBusError, Message, type MessageBus, MessageType, sessionBus } from '@jellybrick/dbus-next';
import { within } from '../timing.ts';
import { BusError } from './errors.ts';

const CALL_MILLISECONDS = 10_000;
const DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

/** Errors of the bus itself that mean: nobody there. */
const NOBODY = new Set([
  'org.freedesktop.DBus.Error.ServiceUnknown',
  'org.freedesktop.DBus.Error.NameHasNoOwner',
  'org.freedesktop.DBus.Error.NoReply',
  'org.freedesktop.DBus.Error.Disconnected',
]);

export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: unknown[];
}

export class BusConnection {
  readonly #bus: MessageBus;
  readonly #close: () => void;
  /** Fulfilled with the reason when the bus is gone. Never rejects. */
  readonly lost: Promise<BusError>;

  private constructor(bus: MessageBus, lost: Promise<BusError>, close: () => void) {
    this.#bus = bus;
    this.#close = close;
    this.lost = lost;
  }

  /** @throws BusError 'unavailable' | 'timed-out' */
  static async open(address: string): Promise<BusConnection> {
    // The library's form that takes an address; which bus that is does not matter to it.
    const bus = sessionBus({ busAddress: address });
    const { promise: lost, resolve: lose } = Promise.withResolvers<BusError>();
    const connection: unknown = Reflect.get(bus, '_connection');
    if (!(connection instanceof EventEmitter)) throw new TypeError('the D-Bus library has no connection to watch');
    const emitter: EventEmitter = bus;
    emitter.on('error', (error: unknown) => lose(new BusError('unavailable', String(error), { cause: error })));
    connection.on('end', () => lose(new BusError('unavailable', 'the bus ended the connection')));
    const connected = new Promise<void>((resolve) => bus.once('connect', () => resolve()));
    const opened = new BusConnection(bus, lost, () => {
      // The library opens its stream some time after it has made the connection.
      const stream: unknown = Reflect.get(connection, 'stream');
      if (stream instanceof Duplex) stream.destroy();
      lose(new BusError('unavailable', 'the connection to the bus is closed'));
    });
    try {
      await opened.#orLost(CALL_MILLISECONDS, 'connecting to the bus', connected);
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  /** @throws BusError */
  async call(call: Call): Promise<readonly unknown[]> {
    const sent = this.#bus.call(new Message({ type: MessageType.METHOD_CALL, ...call }));
    try {
      const answer = await this.#orLost(CALL_MILLISECONDS, `${call.interface}.${call.member}`, sent);
      return answer?.body ?? [];
    } catch (error) {
      if (!(error instanceof DBusError)) throw error;
      const code = NOBODY.has(error.type) ? 'unavailable' : 'refused';
      throw new BusError(code, `${call.member}: ${error.type}: ${error.text}`, { cause: error });
    }
  }

  /** @throws BusError */
  async addMatch(rule: string): Promise<void> {
    await this.call({ ...DAEMON, member: 'AddMatch', signature: 's', body: [rule] });
  }

  /** The unique name of whoever owns `name`; null for nobody. */
  async ownerOf(name: string): Promise<string | null> {
    try {
      const [owner] = await this.call({ ...DAEMON, member: 'GetNameOwner', signature: 's', body: [name] });
      return typeof owner === 'string' ? owner : null;
    } catch (error) {
      if (error instanceof BusError && error.code === 'unavailable') return null;
      throw error;
    }
  }

  onSignal(listener: (signal: Message) => void): void {
    this.#bus.on('message', (message: Message) => {
      if (message.type === MessageType.SIGNAL) listener(message);
    });
  }

  close(): void {
    this.#close();
  }

  #orLost<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
    const failed = this.lost.then((error): never => {
      throw error;
    });
    return within(
      milliseconds,
      Promise.race([work, failed]),
      () => new BusError('timed-out', `${what} was not answered within ${milliseconds / 1000} s`),
    );
  }
}
