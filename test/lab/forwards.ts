/**
 * Ways from the host's loopback into the isolated laboratory: inside, socat(1) joins a Unix socket with a TCP service of a
 * namespace; outside, a port of the loopback interface leads to that socket, which the host sees below `/proc/PID/root`.
 */
import { mkdir } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import { LAB_ADDRESSES, type LabNetwork, type Place } from './network.ts';
import { SupervisedProcess } from './supervised-process.ts';

interface Forward {
  readonly port: number;
  readonly place: Place;
  /** ADDRESS:PORT */
  readonly target: string;
}

export const FORWARDS = {
  ams: { port: 8443, place: 'plant', target: `${LAB_ADDRESSES.ams}:443` },
  cloud: { port: 9443, place: 'office', target: `${LAB_ADDRESSES.web}:443` },
  machine: { port: 8080, place: 'office', target: `${LAB_ADDRESSES.machine}:80` },
} as const satisfies Readonly<Record<string, Forward>>;

/**
 * Where the host finds the AMS of a plant, ADDRESS:PORT. Each has an address of its own: browsers do not keep the cookies of two ports
 * apart (RFC 6265 section 8.5).
 * @param index counts the plants from 0
 */
export function amsHost(index: number): string {
  return `${amsAddress(index)}:${FORWARDS.ams.port}`;
}

function amsAddress(index: number): string {
  return `127.0.0.${index + 1}`;
}

function socketOf(address: string, port: number): string {
  return join(SOCKETS, `${address}-${port}`);
}

const SOCKETS = '/run/forwards';
const LOOPBACK = '127.0.0.1';

/** Inside: each forward's socket listens. */
export async function openForwards({ plants, namespaces }: LabNetwork, logDirectory: string): Promise<void> {
  await mkdir(SOCKETS, { recursive: true });
  const { ams, ...others } = FORWARDS;
  for (const { port, place, target } of Object.values(others)) {
    await openForward(socketOf(LOOPBACK, port), namespaces[place], target, logDirectory);
  }
  for (const [index, plant] of plants.entries()) {
    const socket = socketOf(amsAddress(index), ams.port);
    await openForward(socket, plant.namespaces[ams.place], ams.target, logDirectory);
  }
}

async function openForward(socket: string, namespace: string, target: string, logDirectory: string): Promise<void> {
  await SupervisedProcess.start({
    name: `forward-${basename(socket)}`,
    command: 'socat',
    argv: [
      ...['-d', '-d', `UNIX-LISTEN:${socket},fork`],
      `EXEC:ip netns exec ${namespace} socat STDIO TCP\\:${target.replace(':', '\\:')}`,
    ],
    readyWhen: /listening on/,
    restart: true,
    logDirectory,
  });
}

/**
 * Outside: takes the ports before there is anything behind them.
 * @param leader the process id of the laboratory's first process, once it has one
 * @throws Error that names a port that is taken, and what to do
 */
export async function takePorts(plants: number, leader: () => number | undefined): Promise<Server[]> {
  const { ams, cloud, machine } = FORWARDS;
  const taken = [
    ...Array.from({ length: plants }, (_, index) => ({ address: amsAddress(index), port: ams.port })),
    ...[cloud, machine].map(({ port }) => ({ address: LOOPBACK, port })),
  ];
  const servers: Server[] = [];
  for (const { address, port } of taken) {
    const server = createServer({ allowHalfOpen: true }, (incoming) => {
      const path = join(`/proc/${leader() ?? 'none'}/root`, socketOf(address, port));
      const outgoing = connect({ path, allowHalfOpen: true });
      // An error of either ends both; there is nobody to tell it.
      pipeline(incoming, outgoing, () => undefined);
      pipeline(outgoing, incoming, () => undefined);
    });
    servers.push(server);
    await listen(server, address, port);
  }
  return servers;
}

async function listen(server: Server, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const advice = `End the program that uses it ("ss -ltnp | grep ${port}" names it) and start again.`;
      reject(new Error(`Port ${port} on ${address} is in use. ${advice}`, { cause }));
    });
    server.listen(port, address, () => resolve());
  });
}
