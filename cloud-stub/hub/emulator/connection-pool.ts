import type { MqttConnection } from './mqtt-connection.ts';

/** Owns the connections of a server: each is served until it ends, all end with the server. */
export class ConnectionPool {
  readonly #running = new Map<MqttConnection, Promise<void>>();

  serve(connection: MqttConnection): void {
    const running = connection.run().finally(() => this.#running.delete(connection));
    this.#running.set(connection, running);
  }

  /** Fulfilled when nothing of them is left. */
  async closeAll(): Promise<void> {
    for (const connection of this.#running.keys()) connection.close();
    await Promise.all(this.#running.values());
  }
}
