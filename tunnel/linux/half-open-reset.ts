/**
 * Ends a TCP connection at its far end when the near end is not ours: TCP itself finds half-open connections (RFC 9293
 * section 3.5.1, figure 9).
 *
 * A SYN with the addresses and ports of the dead connection is answered by an ACK that names the sequence number expected
 * (a challenge, RFC 5961 section 4); this machine's kernel, which knows of no such connection, resets exactly there. An
 * old stack resets by itself. No raw socket is needed: an ordinary one bound to the very address and port says all that.
 */
import { connect } from 'node:net';

/** The connection as the far end sees it. */
export interface HalfOpenConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Milliseconds. Less than the second after which a SYN is repeated: that one would open a connection. */
const PATIENCE = 300;

/**
 * Fulfilled once the far end has had its time; nothing of it stays. A far end that knows nothing of the connection (any
 * more) and accepts a new one gets a reset for that at once.
 * @returns null, or what kept the SYN from leaving or from being heard: `EADDRINUSE`, `EPERM`, `EHOSTUNREACH`
 */
export function resetHalfOpen(connection: HalfOpenConnection): Promise<string | null> {
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  return new Promise((resolve) => {
    let problem: string | null = null;
    const socket = connect({ host: remoteAddress, port: remotePort, localAddress, localPort });
    const timer = setTimeout(() => socket.destroy(), PATIENCE);
    socket.once('connect', () => socket.resetAndDestroy());
    socket.once('error', (error) => {
      problem = problemOf(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(problem);
    });
  });
}

/** A reset from the far end is what was wanted. */
function problemOf(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : error.message;
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' ? null : code;
}
