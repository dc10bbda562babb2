/**
 * The server's side of one MQTT 3.1.1 connection over any byte stream: order, time limits and keep-alive. Packets are
 * handled one after the other; a device that sends faster is slowed down by TCP.
 */
import type { Duplex } from 'node:stream';
import {
  generate,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type IUnsubscribePacket,
  type Packet,
} from 'mqtt-packet';
import { ConnectionRefusal } from './errors.ts';
import { MqttPacketReader } from './mqtt-packets.ts';

/** CONNACK return codes (section 3.2.2.3). */
export const CONNACK = {
  accepted: 0,
  unacceptableVersion: 1,
  identifierRejected: 2,
  serverUnavailable: 3,
  notAuthorized: 5,
} as const;

export type ConnectAnswer =
  | { readonly returnCode: typeof CONNACK.accepted; readonly sessionPresent: boolean }
  | { readonly returnCode: Exclude<(typeof CONNACK)[keyof typeof CONNACK], 0> };

/** What a service does with a connection. Every method may throw: the connection is closed then. */
export interface MqttService {
  connect(packet: IConnectPacket, connection: MqttConnection): Promise<ConnectAnswer>;
  /** Fulfilled when the packet may be acknowledged. QoS is 0 or 1. */
  publish(packet: IPublishPacket, connection: MqttConnection): Promise<void>;
  /** @returns the granted QoS of each, or 128 */
  subscribe(packet: ISubscribePacket): Promise<(0 | 1 | 128)[]>;
  unsubscribe(packet: IUnsubscribePacket): Promise<void>;
  /** What was answered by now may be followed by more: called after CONNACK, and after each SUBACK. */
  ready?(connection: MqttConnection): Promise<void>;
  /** The device has acknowledged a packet that went out with QoS 1. */
  acknowledged?(packetId: number, connection: MqttConnection): Promise<void>;
  /** Called once, after everything else, however the connection ended. */
  closed(connection: MqttConnection): Promise<void>;
}

export interface MqttConnectionOptions {
  readonly stream: Duplex;
  readonly service: MqttService;
  readonly maxPacketBytes: number;
  /** Told when the connection ended because of `reason`, with the cause where there is one. */
  readonly onProblem: (reason: string, cause: unknown) => void;
}

const CONNECT_TIMEOUT = 10_000;

/** Of its first byte: a device writes CONNECT at once, and TLS hands out whole records only. */
const REST_OF_CONNECT_TIMEOUT = 1000;

/** So long may a device that is refused take to close its end. */
const CLOSING_TIMEOUT = 1000;

/** IoT Hub's longest keep-alive, seconds; also taken for 0. */
const MAX_KEEP_ALIVE = 1177;

/** A device that leaves this much unread is closed. */
const MAX_UNSENT_BYTES = 1024 * 1024;

const LAST_PACKET_ID = 65_535;
const LONGEST_TIMER = 2 ** 31 - 1;

/** `silent`: nothing has come yet; `connecting`: something has, but not all of CONNECT. */
type State = 'silent' | 'connecting' | 'connected' | 'closed';

export class MqttConnection {
  readonly #options: MqttConnectionOptions;
  #state: State = 'silent';
  #timer: NodeJS.Timeout;
  #keepAlive = MAX_KEEP_ALIVE;
  #expiry: NodeJS.Timeout | undefined;
  #lastPacketId = 0;

  constructor(options: MqttConnectionOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#end('no CONNECT in time'), CONNECT_TIMEOUT);
    // The end is seen by run(); an error after it has nobody to tell.
    options.stream.on('error', () => undefined);
  }

  /** Serves the connection until it ends. Never rejects. */
  async run(): Promise<void> {
    const { stream, service, maxPacketBytes, onProblem } = this.#options;
    const reader = new MqttPacketReader(maxPacketBytes);
    try {
      for await (const chunk of stream) {
        // While a packet is handled nothing is read: that silence is ours.
        if (this.#state === 'connected') clearTimeout(this.#timer);
        else if (this.#state === 'silent') this.#awaitRest();
        for (const packet of reader.push(Buffer.from(chunk))) {
          await this.#handle(packet);
          if (this.#isClosed()) return;
        }
        if (this.#state === 'connected') this.#awaitNext();
      }
    } catch (error) {
      if (!this.#isClosed())
        onProblem(error instanceof ConnectionRefusal ? error.message : 'the connection failed', error);
    } finally {
      this.close();
      await service.closed(this).catch((error: unknown) => onProblem('the end could not be told', error));
    }
  }

  /**
   * Nothing happens when the connection is closed.
   * @returns the id that its acknowledgement will carry; null with QoS 0
   */
  publish(topic: string, payload: string | Buffer, qos: 0 | 1 = 0): number | null {
    if (qos === 0) {
      this.#send({ cmd: 'publish', topic, payload, qos, dup: false, retain: false });
      return null;
    }
    this.#lastPacketId = (this.#lastPacketId % LAST_PACKET_ID) + 1;
    this.#send({ cmd: 'publish', topic, payload, qos, dup: false, retain: false, messageId: this.#lastPacketId });
    return this.#lastPacketId;
  }

  /** Ends the connection at a time, milliseconds since 1970: that of a token that runs out, say. */
  expireAt(time: number): void {
    clearTimeout(this.#expiry);
    // Longer than a timer can wait is for ever: the token is then good for more than 24 days.
    const left = time - Date.now();
    if (left <= LONGEST_TIMER) this.#expiry = setTimeout(() => this.#end('the token has run out'), left);
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    this.#options.stream.destroy();
  }

  async #handle(packet: Packet): Promise<void> {
    if (this.#state === 'connecting') {
      if (packet.cmd !== 'connect') throw new ConnectionRefusal(`${packet.cmd} before CONNECT`);
      return this.#connect(packet);
    }
    const { service } = this.#options;
    switch (packet.cmd) {
      case 'publish':
        if (packet.qos === 2) throw new ConnectionRefusal('QoS 2 is not supported');
        await service.publish(packet, this);
        if (packet.qos === 1) this.#send({ cmd: 'puback', messageId: idOf(packet) });
        return;
      case 'subscribe':
        this.#send({ cmd: 'suback', messageId: idOf(packet), granted: await service.subscribe(packet) });
        await service.ready?.(this);
        return;
      case 'unsubscribe':
        await service.unsubscribe(packet);
        this.#send({ cmd: 'unsuback', messageId: idOf(packet), granted: [] });
        return;
      case 'pingreq':
        this.#send({ cmd: 'pingresp' });
        return;
      case 'disconnect':
        this.close();
        return;
      case 'puback':
        await service.acknowledged?.(idOf(packet), this);
        return;
      case 'auth':
      case 'connack':
      case 'connect':
      case 'pingresp':
      case 'pubcomp':
      case 'pubrec':
      case 'pubrel':
      case 'suback':
      case 'unsuback':
        throw new ConnectionRefusal(`${packet.cmd} is not for a server, or not now`);
    }
  }

  async #connect(packet: IConnectPacket): Promise<void> {
    clearTimeout(this.#timer);
    const answer =
      packet.protocolId === 'MQTT' && packet.protocolVersion === 4
        ? await this.#options.service.connect(packet, this)
        : { returnCode: CONNACK.unacceptableVersion };
    if (answer.returnCode !== CONNACK.accepted) {
      this.#state = 'closed';
      this.#timer = setTimeout(() => this.#options.stream.destroy(), CLOSING_TIMEOUT);
      const refusal = generate({ cmd: 'connack', returnCode: answer.returnCode, sessionPresent: false });
      await new Promise<void>((resolve) => this.#options.stream.end(refusal, () => resolve()));
      return;
    }
    if (this.#isClosed()) return;
    const keepAlive = packet.keepalive ?? 0;
    this.#keepAlive = Math.min(keepAlive === 0 ? MAX_KEEP_ALIVE : keepAlive, MAX_KEEP_ALIVE);
    this.#state = 'connected';
    this.#send({ cmd: 'connack', returnCode: CONNACK.accepted, sessionPresent: answer.sessionPresent });
    await this.#options.service.ready?.(this);
  }

  #awaitRest(): void {
    this.#state = 'connecting';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end('the CONNECT did not come whole'), REST_OF_CONNECT_TIMEOUT);
  }

  /** Section 3.1.2.10: a client that is silent for one and a half keep-alives is gone. */
  #awaitNext(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end('nothing came within the keep-alive'), this.#keepAlive * 1500);
  }

  #end(reason: string): void {
    this.#options.onProblem(reason, undefined);
    this.close();
  }

  #send(packet: Packet): void {
    const { stream } = this.#options;
    if (this.#isClosed() || !stream.writable) return;
    stream.write(generate(packet));
    if (stream.writableLength > MAX_UNSENT_BYTES) this.#end('the device does not read');
  }

  // A method, because the compiler would take an earlier comparison of #state for still true after an await.
  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

function idOf(packet: Packet): number {
  if (packet.messageId === undefined || packet.messageId === 0) throw new ConnectionRefusal('a packet without its id');
  return packet.messageId;
}
