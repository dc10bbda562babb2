/** `org.edgegateway.RemoteConnect1` (protocol/gateway-bus.ts), as far as it is there. */
import { GATEWAY_BUS, type GatewayStatus, gatewayStatus } from '@edgegateway/protocol/gateway-bus';
import type { Message } from '@jellybrick/dbus-next';
import { type Log, sentenceOf } from '../log.ts';
import type { BusConnection } from './bus-connection.ts';
import { BusError } from './errors.ts';
import type { BusProxy } from './system-bus.ts';

export class RemoteConnect implements BusProxy {
  readonly busName = GATEWAY_BUS.name;
  readonly #onChange: () => void;
  readonly #log: Log;
  #connection: BusConnection | null = null;
  #status: GatewayStatus | null = null;

  constructor(onChange: () => void, log: Log) {
    this.#onChange = onChange;
    this.#log = log;
  }

  /** Null while the service is off or does not answer. */
  get status(): GatewayStatus | null {
    return this.#status;
  }

  async attach(connection: BusConnection): Promise<void> {
    await connection.addMatch(
      `type='signal',sender='${GATEWAY_BUS.name}',interface='${GATEWAY_BUS.interface}',member='StatusChanged'`,
    );
    this.#connection = connection;
    try {
      const [text] = await connection.call({ ...this.#target(), member: 'GetStatus' });
      this.#change(parseStatus(text));
    } catch (error) {
      // The service may be going down or still coming up; its next signal tells.
      this.#log.warn({ problem: sentenceOf(error) }, 'the remoteConnect service did not tell its status');
    }
  }

  detach(): void {
    this.#connection = null;
    this.#change(null);
  }

  onSignal(signal: Message): void {
    if (this.#connection === null || signal.interface !== GATEWAY_BUS.interface) return;
    if (signal.path !== GATEWAY_BUS.path || signal.member !== 'StatusChanged') return;
    const status = parseStatus(signal.body[0]);
    if (status === null) this.#log.error({}, 'the remoteConnect service told a status that is not as agreed');
    this.#change(status);
  }

  /** @throws BusError */
  async endSession(sessionId: string, by: string): Promise<void> {
    await this.#ask('EndSession', [sessionId, by]);
  }

  /** Lets a session run that waits for approval, for the client that has this key. @throws BusError */
  async approve(sessionId: string, clientPublicKey: string, by: string): Promise<void> {
    await this.#ask('Approve', [sessionId, clientPublicKey, by]);
  }

  /** @throws BusError */
  async refuse(sessionId: string, clientPublicKey: string, by: string, words: string): Promise<void> {
    await this.#ask('Refuse', [sessionId, clientPublicKey, by, words]);
  }

  /** All arguments are texts. */
  async #ask(member: string, body: readonly string[]): Promise<void> {
    const connection = this.#connection;
    if (connection === null) throw new BusError('unavailable', 'the service is not on the bus');
    await connection.call({ ...this.#target(), member, signature: 's'.repeat(body.length), body: [...body] });
  }

  #target() {
    return { destination: GATEWAY_BUS.name, path: GATEWAY_BUS.path, interface: GATEWAY_BUS.interface };
  }

  #change(status: GatewayStatus | null): void {
    if (status === null && this.#status === null) return;
    this.#status = status;
    this.#onChange();
  }
}

/** Null for anything that is not a status. */
export function parseStatus(text: unknown): GatewayStatus | null {
  if (typeof text !== 'string') return null;
  try {
    return gatewayStatus.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
