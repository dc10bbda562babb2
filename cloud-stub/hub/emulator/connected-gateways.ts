/** Which gateways are connected, and telling the listener when that changes. */
import type { HubListener } from '../hub.ts';
import type { MqttConnection } from './mqtt-connection.ts';

export class ConnectedGateways {
  readonly #current = new Map<string, MqttConnection>();
  /** What the listener was told last; without an entry: not connected. */
  readonly #told = new Map<string, boolean>();
  readonly #telling = new Map<string, Promise<void>>();

  find(registrationId: string): MqttConnection | null {
    return this.#current.get(registrationId) ?? null;
  }

  /**
   * Takes a connection in. Azure keeps the newest only (400027 ConnectionForcefullyClosedOnNewConnection): a former
   * one is closed.
   * @throws whatever the listener throws
   */
  attach(registrationId: string, connection: MqttConnection, listener: HubListener): Promise<void> {
    const former = this.#current.get(registrationId);
    this.#current.set(registrationId, connection);
    former?.close();
    return this.#tell(registrationId, listener);
  }

  /** @throws whatever the listener throws */
  async detach(registrationId: string, connection: MqttConnection, listener: HubListener): Promise<void> {
    if (this.#current.get(registrationId) !== connection) return;
    this.#current.delete(registrationId);
    await this.#tell(registrationId, listener);
  }

  /** Closes the connection of a gateway that is no longer enrolled; nobody is told. */
  forget(registrationId: string): void {
    const connection = this.#current.get(registrationId);
    this.#current.delete(registrationId);
    this.#told.delete(registrationId);
    connection?.close();
  }

  /** One after the other for each gateway, and only what is still true when its turn comes. */
  #tell(registrationId: string, listener: HubListener): Promise<void> {
    const at = new Date().toISOString();
    const former = this.#telling.get(registrationId) ?? Promise.resolve();
    const tell = async (): Promise<void> => {
      const connected = this.#current.has(registrationId);
      if ((this.#told.get(registrationId) ?? false) === connected) return;
      await listener.connectionChanged(registrationId, connected, at);
      if (connected) this.#told.set(registrationId, true);
      else this.#told.delete(registrationId);
    };
    const current = former.then(tell, tell);
    this.#telling.set(registrationId, current);
    const forget = () => {
      if (this.#telling.get(registrationId) === current) this.#telling.delete(registrationId);
    };
    current.then(forget, forget);
    return current;
  }
}
