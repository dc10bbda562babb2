import { connect } from 'node:net';

/**
 * Whether a TCP connection to the port is accepted within the time. It is closed at once, without a byte: some
 * controllers stumble over bytes that they do not expect.
 */
export function knock(address: string, port: number, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const socket = connect({ host: address, port });
    const end = (open: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(open);
    };
    const giveUp = () => end(false);
    const timer = setTimeout(giveUp, milliseconds);
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('connect', () => end(true));
    socket.once('error', giveUp);
  });
}
