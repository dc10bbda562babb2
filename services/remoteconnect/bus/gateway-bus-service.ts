/**
 * `org.edgegateway.RemoteConnect1` on the system bus (protocol/gateway-bus.ts): what the AMS reads and asks.
 * Who may call is the bus policy's matter.
 */
import { GATEWAY_BUS, type GatewayStatus, refusalWords } from '@edgegateway/protocol/gateway-bus';
import { displayName, sessionId, wireguardPublicKey } from '@edgegateway/protocol/wire-values';
import { Message, type MessageBus } from '@jellybrick/dbus-next';
import { z } from 'zod';
import { Doorbell } from '../../doorbell.ts';
import { ServiceError, sentenceOf } from '../../errors.ts';
import { backoffDelay, pause } from '../../timing.ts';
import type { ServiceLog } from '../log.ts';
import { type BusConnection, connectToBus, ownName } from './bus-connection.ts';
import { INTROSPECTION_XML } from './introspection.ts';

export interface GatewayBusOptions {
  readonly address: string;
  readonly log: ServiceLog;
  /** @throws ServiceError while there is no status to be given */
  readonly status: () => GatewayStatus;
  /** Fulfilled once the session is cut; false when no such session runs. */
  readonly endSession: (sessionId: string, by: string) => Promise<boolean>;
  /** Fulfilled once it is carried out; false when no session waits for the approval of this client. */
  readonly approve: (sessionId: string, clientPublicKey: string, by: string) => Promise<boolean>;
  readonly refuse: (sessionId: string, clientPublicKey: string, by: string, words: string) => Promise<boolean>;
}

const RETRY = { firstMilliseconds: 500, capMilliseconds: 10_000 };
const SIGNAL_INTERVAL_MILLISECONDS = 1000;

const INVALID_ARGUMENTS = 'org.freedesktop.DBus.Error.InvalidArgs';
const NO_SUCH_SESSION = `${GATEWAY_BUS.interface}.Error.NoSuchSession`;
const NOT_WAITING = `${GATEWAY_BUS.interface}.Error.NotWaiting`;
const FAILED = 'org.freedesktop.DBus.Error.Failed';

const approveArguments = z.tuple([sessionId, wireguardPublicKey, displayName]);
const refuseArguments = z.tuple([sessionId, wireguardPublicKey, displayName, refusalWords]);

export class GatewayBusService {
  readonly #options: GatewayBusOptions;
  readonly #statusChanged = new Doorbell();

  constructor(options: GatewayBusOptions) {
    this.#options = options;
  }

  /** To be called whenever the status may have changed; the signal goes out at most once a second. */
  publish(): void {
    this.#statusChanged.ring();
  }

  /**
   * Exports the interface, again after every loss of the bus. Fulfilled once `signal` is aborted.
   * @param onFirstAttempt called once: the interface is there, or the reason why not is logged
   */
  async run(signal: AbortSignal, onFirstAttempt: () => void): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let connection: BusConnection | undefined;
      try {
        connection = await connectToBus(this.#options.address, signal);
        await this.#serve(connection, signal, () => {
          failures = 0;
          onFirstAttempt();
        });
      } catch (error) {
        connection?.close();
        if (signal.aborted) break;
        failures += 1;
        const code = error instanceof ServiceError ? error.code : 'unexpected';
        this.#options.log.error({ code }, sentenceOf(error));
        onFirstAttempt();
        await pause(backoffDelay(failures, RETRY), signal).catch(() => undefined);
      }
    }
    onFirstAttempt();
  }

  async #serve({ bus, lost }: BusConnection, signal: AbortSignal, onServing: () => void): Promise<never> {
    bus.addMethodHandler((call) => {
      const answer = this.#answer(call);
      if (answer === null) return false;
      void this.#send(bus, answer);
      return true;
    });
    await ownName(bus, GATEWAY_BUS.name, signal);
    onServing();
    const scope = new AbortController();
    const either = AbortSignal.any([signal, scope.signal]);
    const failed = lost.then((error): never => {
      throw error;
    });
    try {
      return await Promise.race([failed, this.#signalChanges((message) => bus.send(message), either)]);
    } finally {
      scope.abort(new Error('the bus connection has ended'));
    }
  }

  async #signalChanges(send: (message: Message) => void, signal: AbortSignal): Promise<never> {
    let last = '';
    for (;;) {
      await this.#statusChanged.wait(signal);
      const text = this.#statusText();
      if (text === null || text === last) continue;
      last = text;
      send(Message.newSignal(GATEWAY_BUS.path, GATEWAY_BUS.interface, 'StatusChanged', 's', [text]));
      await pause(SIGNAL_INTERVAL_MILLISECONDS, signal);
    }
  }

  async #send(bus: MessageBus, answer: Promise<Message>): Promise<void> {
    try {
      bus.send(await answer);
    } catch (error) {
      this.#options.log.warn({ problem: sentenceOf(error) }, 'an answer could not be sent over the system bus');
    }
  }

  #statusText(): string | null {
    try {
      return JSON.stringify(this.#options.status());
    } catch (error) {
      if (error instanceof ServiceError) return null;
      throw error;
    }
  }

  /** Null: not ours to answer. */
  #answer(call: Message): Promise<Message> | null {
    if (call.path !== GATEWAY_BUS.path) return null;
    if (call.interface === 'org.freedesktop.DBus.Introspectable' && call.member === 'Introspect')
      return Promise.resolve(Message.newMethodReturn(call, 's', [INTROSPECTION_XML]));
    // A call may leave the interface out (D-Bus specification, "Method Calls").
    if (call.interface && call.interface !== GATEWAY_BUS.interface) return null;
    switch (call.member) {
      case 'GetStatus':
        return this.#reply(call, '', async () =>
          Message.newMethodReturn(call, 's', [JSON.stringify(this.#options.status())]),
        );
      case 'EndSession':
        return this.#reply(call, 'ss', () => this.#endSession(call));
      case 'Approve':
        return this.#reply(call, 'sss', () =>
          this.#decide(call, approveArguments, (asked) => this.#options.approve(...asked)),
        );
      case 'Refuse':
        return this.#reply(call, 'ssss', () =>
          this.#decide(call, refuseArguments, (asked) => this.#options.refuse(...asked)),
        );
      default:
        return null;
    }
  }

  async #reply(call: Message, signature: string, work: () => Promise<Message>): Promise<Message> {
    if (call.signature !== signature)
      return Message.newError(call, INVALID_ARGUMENTS, `${call.member} takes arguments of signature "${signature}".`);
    try {
      return await work();
    } catch (error) {
      this.#options.log.error({ member: call.member, problem: sentenceOf(error) }, 'a call over the system bus failed');
      return Message.newError(call, FAILED, sentenceOf(error));
    }
  }

  async #decide<Asked>(
    call: Message,
    schema: z.ZodType<Asked>,
    carryOut: (asked: Asked) => Promise<boolean>,
  ): Promise<Message> {
    const asked = schema.safeParse(call.body);
    if (!asked.success)
      return Message.newError(call, INVALID_ARGUMENTS, `The arguments of ${call.member} are not as agreed.`);
    if (await carryOut(asked.data)) return Message.newMethodReturn(call);
    return Message.newError(call, NOT_WAITING, 'No such session waits for the approval of this client.');
  }

  async #endSession(call: Message): Promise<Message> {
    const id = sessionId.safeParse(call.body[0]);
    const by = displayName.safeParse(call.body[1]);
    if (!id.success) return Message.newError(call, INVALID_ARGUMENTS, 'The first argument is no session id.');
    if (!by.success) return Message.newError(call, INVALID_ARGUMENTS, 'The second argument is no name.');
    if (await this.#options.endSession(id.data, by.data)) return Message.newMethodReturn(call);
    return Message.newError(call, NO_SUCH_SESSION, 'No such session runs on this gateway.');
  }
}
