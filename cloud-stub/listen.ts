import type { Server } from 'node:net';

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program uses this port: end it, or set another port in the configuration.',
  EACCES: 'Ports below 1024 need a privilege: grant CAP_NET_BIND_SERVICE, or set another port in the configuration.',
  EADDRNOTAVAIL: 'No network interface has this address: correct `address` in the configuration.',
};

export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** The same problem in words that say what to do. `what` names the server, for example `the relay relay0.c-us`. */
export function listenError(what: string, address: string, port: number, error: NodeJS.ErrnoException): ListenError {
  const remedy = REMEDIES[error.code ?? ''] ?? error.message;
  return new ListenError(`${what} cannot listen on ${address} port ${port} (${error.code ?? 'no code'}). ${remedy}`, {
    cause: error,
  });
}

/**
 * Opens a TCP port; 0 means any free one.
 * @returns the port
 * @throws ListenError
 */
export async function listen(server: Server, what: string, address: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(what, address, port, error));
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      // A connection that cannot be accepted (too many open files) must not end the program.
      server.on('error', () => undefined);
      resolve();
    });
  });
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}
