/**
 * The kernel's table of connections, by conntrack(8) of conntrack-tools. Needs CAP_NET_ADMIN.
 */
import { ipv4Address } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { runCommand } from './run-command.ts';

/** A connection that a client has opened through the gateway, as conntrack keeps it. */
export interface TrackedFlow {
  readonly client: string;
  /** As the client names the machine: its own address, or the one that it is mapped to. */
  readonly destination: string;
  /** The machine's own address. */
  readonly machine: string;
  /** Whom the machine sees: the gateway's address on the plant side, or the client for the gateway's own services. */
  readonly seenByMachine: string;
  readonly details: FlowDetails;
}

export type FlowDetails =
  | {
      readonly protocol: 'tcp' | 'udp';
      readonly clientPort: number;
      readonly destinationPort: number;
      readonly machinePort: number;
      /** The port that source NAT has chosen. */
      readonly portSeenByMachine: number;
      /** Of TCP, in conntrack's words: `ESTABLISHED`. */
      readonly state: string | null;
    }
  | { readonly protocol: 'icmp'; readonly type: number; readonly code: number; readonly id: number }
  /** IANA's number. */
  | { readonly protocol: number };

export class ConntrackError extends Error {
  override readonly name = 'ConntrackError';
}

/** Milliseconds. */
const PATIENCE = 1000;

const NUMBERS = { tcp: 6, udp: 17, icmp: 1 } as const;

/** `ipv4 2 NAME NUMBER [SECONDS] [STATE] src=... [FLAG] src=...`; an entry that hardware forwards has no seconds. */
const LINE =
  /^ipv4\s+2\s+\S+\s+(?<protocol>\d{1,3})(?:\s+\d+)?(?:\s+(?<state>[A-Z][A-Z0-9_]*))?(?<tuples>(?:\s+(?:[a-z_-]+=\S*|\[[A-Z_]+\]))+)\s*$/;

const number = (most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.int().max(most));
/** 0 too: UDP without a way back (RFC 768). */
const servicePort = number(65_535);
const pair = z.object({ src: ipv4Address, dst: ipv4Address });
const withPorts = pair.extend({ sport: servicePort, dport: servicePort });
const ofIcmp = pair.extend({ type: number(255), code: number(255), id: number(65_535) });

/**
 * What a client's address has opened, whoever it was opened to.
 * @throws CommandError, ConntrackError
 */
export async function listFlowsOf(client: string): Promise<TrackedFlow[]> {
  const argv = ['--dump', '--family', 'ipv4', '--orig-src', client, '--output', 'extended'];
  return parseConntrack(await runCommand('conntrack', argv, { timeoutMs: PATIENCE }));
}

/**
 * Those of them that are there; one that has gone by itself is no error.
 * @throws CommandError
 */
export async function deleteFlows(flows: readonly TrackedFlow[]): Promise<void> {
  if (flows.length === 0) return;
  const input = deletionsOf(flows);
  await runCommand('conntrack', ['--load-file', '-'], { input, timeoutMs: PATIENCE });
}

/**
 * @param text what `conntrack --dump --output extended` prints
 * @throws ConntrackError when a line is not understood
 */
export function parseConntrack(text: string): TrackedFlow[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
}

/** One command of conntrack(8) a line: every flow by all that its client chose, and nothing else. */
export function deletionsOf(flows: readonly TrackedFlow[]): string {
  return flows.map((flow) => `-D -s ${flow.client} -d ${flow.destination} ${detailsOf(flow.details)}\n`).join('');
}

function detailsOf(details: FlowDetails): string {
  switch (details.protocol) {
    case 'tcp':
    case 'udp':
      return `-p ${details.protocol} --sport ${details.clientPort} --dport ${details.destinationPort}`;
    case 'icmp':
      return `-p icmp --icmp-type ${details.type} --icmp-code ${details.code} --icmp-id ${details.id}`;
    default:
      return `-p ${details.protocol}`;
  }
}

function parseLine(line: string): TrackedFlow {
  const { protocol, state, tuples = '' } = LINE.exec(line)?.groups ?? {};
  const [original, reply, ...more] = tuplesOf(tuples);
  if (original === undefined || reply === undefined || more.length > 0) throw notUnderstood(line);
  try {
    const { src: client, dst: destination } = pair.parse(original);
    const { src: machine, dst: seenByMachine } = pair.parse(reply);
    const details = parseDetails(Number(protocol), state ?? null, original, reply);
    return { client, destination, machine, seenByMachine, details };
  } catch (cause) {
    throw notUnderstood(line, cause);
  }
}

function parseDetails(protocol: number, state: string | null, original: unknown, reply: unknown): FlowDetails {
  switch (protocol) {
    case NUMBERS.tcp:
    case NUMBERS.udp: {
      const { sport: clientPort, dport: destinationPort } = withPorts.parse(original);
      const { sport: machinePort, dport: portSeenByMachine } = withPorts.parse(reply);
      const name = protocol === NUMBERS.tcp ? 'tcp' : 'udp';
      return { protocol: name, clientPort, destinationPort, machinePort, portSeenByMachine, state };
    }
    case NUMBERS.icmp: {
      const { type, code, id } = ofIcmp.parse(original);
      return { protocol: 'icmp', type, code, id };
    }
    default:
      return { protocol };
  }
}

/** Each begins with its `src`; what follows the second one's ports (mark, use) is nobody's here. */
function tuplesOf(text: string): Record<string, string>[] {
  const tuples: Record<string, string>[] = [];
  for (const [, key = '', value = ''] of text.matchAll(/([a-z_-]+)=(\S*)/g)) {
    if (key === 'src') tuples.push({});
    const tuple = tuples.at(-1);
    if (tuple !== undefined) tuple[key] = value;
  }
  return tuples;
}

function notUnderstood(line: string, cause?: unknown): ConntrackError {
  return new ConntrackError(`conntrack's line "${line.slice(0, 200)}" is not understood`, { cause });
}
