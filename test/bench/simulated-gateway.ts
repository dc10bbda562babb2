/** A gateway as the hub sees it: MQTT over TLS with a certificate of its own, without anything behind it. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { generate, type Packet, parser } from 'mqtt-packet';

export interface SimulatedIdentity {
  readonly registrationId: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface HubAddress {
  readonly host: string;
  readonly port: number;
  readonly caPem: string;
}

const TWIN_ANSWERS = '$iothub/twin/res/#';
const DESIRED = '$iothub/twin/PATCH/properties/desired/';

export class SimulatedGateway {
  readonly #socket: TLSSocket;
  readonly #waiting: { readonly matches: (packet: Packet) => boolean; readonly take: (packet: Packet) => void }[] = [];
  /** Called with each change of the desired properties, as it comes. */
  onDesired: (body: string) => void = () => undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    const packets = parser();
    packets.on('packet', (packet) => this.#take(packet));
    socket.on('data', (chunk) => packets.parse(chunk));
  }

  /** Fulfilled once it is connected and subscribed to its twin. */
  static async connect(hub: HubAddress, identity: SimulatedIdentity): Promise<SimulatedGateway> {
    const { registrationId } = identity;
    const socket = connect({
      ...{ host: '127.0.0.1', port: hub.port, servername: hub.host, ca: hub.caPem },
      ...{ cert: identity.certificatePem, key: identity.keyPem },
    });
    await once(socket, 'secureConnect');
    const gateway = new SimulatedGateway(socket);
    const username = `${hub.host}/${registrationId}/?api-version=2021-04-12`;
    const session = { clientId: registrationId, username, clean: false, keepalive: 300 };
    const answer = await gateway.#ask(
      { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, ...session },
      ({ cmd }) => cmd === 'connack',
    );
    if (answer.cmd !== 'connack' || answer.returnCode !== 0) throw new Error(`${registrationId} was refused`);
    const subscriptions = [TWIN_ANSWERS, `${DESIRED}#`].map((topic) => ({ topic, qos: 0 as const }));
    await gateway.#ask({ cmd: 'subscribe', messageId: 1, subscriptions }, ({ cmd }) => cmd === 'suback');
    return gateway;
  }

  /** Fulfilled when the hub has merged it. */
  async report(patch: object): Promise<void> {
    const topic = '$iothub/twin/PATCH/properties/reported/?$rid=1';
    const answer = await this.#ask(
      { cmd: 'publish', topic, payload: JSON.stringify(patch), qos: 0, dup: false, retain: false },
      (packet) => packet.cmd === 'publish' && packet.topic.startsWith('$iothub/twin/res/'),
    );
    if (answer.cmd !== 'publish' || !answer.topic.startsWith('$iothub/twin/res/204/'))
      throw new Error('a report was refused');
  }

  close(): void {
    this.#socket.destroy();
  }

  async #ask(packet: Packet, matches: (packet: Packet) => boolean): Promise<Packet> {
    const { promise, resolve, reject } = Promise.withResolvers<Packet>();
    const gone = () => reject(new Error('the hub closed the connection'));
    this.#socket.once('close', gone);
    this.#waiting.push({ matches, take: resolve });
    this.#socket.write(generate(packet));
    try {
      return await promise;
    } finally {
      this.#socket.off('close', gone);
    }
  }

  #take(packet: Packet): void {
    if (packet.cmd === 'publish' && packet.topic.startsWith(DESIRED)) {
      this.onDesired(packet.payload.toString());
      return;
    }
    const at = this.#waiting.findIndex(({ matches }) => matches(packet));
    this.#waiting.splice(at, at === -1 ? 0 : 1)[0]?.take(packet);
  }
}
