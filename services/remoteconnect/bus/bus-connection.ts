/**
 * The library's quirks in one place: a lost bus raises no event of the MessageBus itself, errors come as untyped
 * 'error' events, and a call to a lost bus is never answered.
 */
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { type MessageBus, NameFlag, RequestNameReply, sessionBus } from '@jellybrick/dbus-next';
import { ServiceError, sentenceOf } from '../../errors.ts';
import { withTimeout } from '../../timing.ts';

const CALL_TIMEOUT_MILLISECONDS = 5000;

export interface BusConnection {
  readonly bus: MessageBus;
  /** Fulfilled with the reason when the bus is gone. Never rejects. */
  readonly lost: Promise<Error>;
  close(): void;
}

/** @throws ServiceError 'bus-unavailable' | 'timed-out' */
export async function connectToBus(address: string, signal: AbortSignal): Promise<BusConnection> {
  // The form that takes an address; which bus it leads to is the address's matter.
  const bus = sessionBus({ busAddress: address });
  const { promise: lost, resolve: lose } = Promise.withResolvers<Error>();
  const connection: unknown = Reflect.get(bus, '_connection');
  if (!(connection instanceof EventEmitter)) throw new TypeError('the D-Bus library has no connection to watch');
  const emitter: EventEmitter = bus;
  emitter.on('error', (error: unknown) => {
    lose(new ServiceError('bus-unavailable', sentenceOf(error), { cause: error }));
  });
  connection.on('end', () => lose(new ServiceError('bus-unavailable', 'the connection ended')));
  const close = () => {
    const stream: unknown = Reflect.get(connection, 'stream');
    if (stream instanceof Duplex) stream.destroy();
    lose(new ServiceError('bus-unavailable', 'closed'));
  };
  const connected = new Promise<void>((resolve) => bus.once('connect', () => resolve()));
  try {
    await withTimeout('connecting to the system bus', CALL_TIMEOUT_MILLISECONDS, signal, () =>
      Promise.race([
        connected,
        lost.then((error): never => {
          throw error;
        }),
      ]),
    );
  } catch (error) {
    close();
    throw error;
  }
  return { bus, lost, close };
}

/** @throws ServiceError 'bus-name-taken' | 'bus-unavailable' | 'timed-out' */
export async function ownName(bus: MessageBus, name: string, signal: AbortSignal): Promise<void> {
  let reply: number | undefined;
  try {
    reply = await withTimeout('owning the bus name', CALL_TIMEOUT_MILLISECONDS, signal, () =>
      bus.requestName(name, NameFlag.DO_NOT_QUEUE),
    );
  } catch (error) {
    if (signal.aborted || error instanceof ServiceError) throw error;
    throw new ServiceError('bus-unavailable', `the bus denies the name: ${sentenceOf(error)}`, { cause: error });
  }
  if (reply !== RequestNameReply.PRIMARY_OWNER) throw new ServiceError('bus-name-taken');
}
