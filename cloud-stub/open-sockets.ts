import type { Server, Socket } from 'node:net';

/**
 * Every TCP connection of a server, from its first byte on: also those that never finish a TLS handshake, which
 * otherwise hold up the server's end.
 */
export class OpenSockets {
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
