/** Makes a TCP service inside a namespace reachable on the host's loopback, by socat (socat(1), EXEC). */
import { createServer } from 'node:net';
import { SupervisedProcess } from './supervised-process.ts';

export interface Forward {
  readonly name: string;
  readonly port: number;
  readonly namespace: string;
  readonly target: string;
}

/** @throws Error naming the port and what to do when it is taken */
export async function requireFreePort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const trial = createServer();
    trial.once('error', () => {
      reject(
        new Error(
          `Port ${port} on 127.0.0.1 is in use. End the program that uses it ("ss -ltnp | grep ${port}" names it) and start again.`,
        ),
      );
    });
    trial.listen(port, '127.0.0.1', () => trial.close(() => resolve()));
  });
}

export async function startForward(forward: Forward, logDirectory: string): Promise<SupervisedProcess> {
  return SupervisedProcess.start({
    name: `forward-${forward.name}`,
    command: 'socat',
    argv: [
      ...['-d', '-d', `TCP-LISTEN:${forward.port},bind=127.0.0.1,reuseaddr,fork`],
      `EXEC:ip netns exec ${forward.namespace} socat STDIO TCP\\:${forward.target.replace(':', '\\:')}`,
    ],
    readyWhen: /listening on/,
    logDirectory,
  });
}
