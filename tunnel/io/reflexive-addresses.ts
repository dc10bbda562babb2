/**
 * Asks STUN servers as whom each base is seen (RFC 8489 section 3): the server-reflexive candidates.
 */
import { lookup } from 'node:dns/promises';
import type { StunEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { Reachability } from '@edgegateway/protocol/signal';
import { encodeBindingRequest, mappedAddressOf } from '@edgegateway/protocol/stun/binding';
import { StunError } from '@edgegateway/protocol/stun/error';
import { decodeStunMessage } from '@edgegateway/protocol/stun/message';
import { isIpv6, isSameAddress, type TransportAddress } from '../path/candidate.ts';
import type { DirectTransport } from './direct-transport.ts';

/** Milliseconds from the beginning to each sending (RFC 8489 section 6.2.1, with a shorter first pause). */
const SENDINGS = [0, 250, 750, 1750, 3750];
/** When no answer is awaited any more. */
const GIVE_UP = 6000;

/** Those of the two nearest regions: one may be out of reach, and more tell nothing new. */
const SERVERS = 4;

interface Question {
  readonly base: string;
  readonly server: string;
}

interface Answer {
  readonly base: string;
  readonly mapped: TransportAddress;
}

export class ReflexiveAddresses {
  readonly #transport: () => DirectTransport | null;
  readonly #onChange: () => void;
  readonly #now: () => number;
  readonly #lastGoodAddresses = new Map<string, readonly string[]>();
  readonly #questions = new Map<string, Question>();
  /** By base and server. */
  readonly #answers = new Map<string, Answer>();
  /** Whose answer came in the present round. */
  readonly #fresh = new Set<string>();
  /** When the first question was sent since which no answer came. */
  #unansweredSince: number | null = null;
  #timers: NodeJS.Timeout[] = [];
  #round = 0;

  /** @param now milliseconds of a clock that never jumps */
  constructor(transport: () => DirectTransport | null, onChange: () => void, now: () => number) {
    this.#transport = transport;
    this.#onChange = onChange;
    this.#now = now;
  }

  /** What the servers said last, each address once. */
  get addresses(): readonly TransportAddress[] {
    const all: TransportAddress[] = [];
    for (const { mapped } of this.#answers.values())
      if (!all.some((known) => isSameAddress(known, mapped))) all.push(mapped);
    return all;
  }

  /** Whether UDP passes, and how the NAT gives outside ports, as far as the servers' answers tell. */
  get reachability(): Pick<Reachability, 'stun' | 'mapping'> {
    const since = this.#unansweredSince;
    if (since !== null && this.#now() - since >= GIVE_UP) return { stun: 'unanswered', mapping: 'unknown' };
    const answers = [...this.#answers.values()];
    return { stun: answers.length > 0 ? 'answered' : 'unknown', mapping: mappingOf(answers) };
  }

  /** Begins a new round; answers of the last one are kept until this one's come. */
  async ask(servers: readonly StunEndpoint[]): Promise<void> {
    this.close();
    const round = ++this.#round;
    const remotes = await Promise.all(
      servers.map(async (server) => ({ server: server.name, remotes: await this.#resolve(server) })),
    );
    if (round !== this.#round) return;
    for (const after of SENDINGS) this.#timers.push(setTimeout(() => this.#send(remotes), after));
    this.#timers.push(setTimeout(() => this.#questions.clear(), GIVE_UP));
  }

  /** @returns whether the datagram was the answer to a question of ours */
  take(datagram: Uint8Array): boolean {
    const id = transactionOf(datagram);
    const question = this.#questions.get(id);
    if (question === undefined) return false;
    const mapped = mappedAddress(datagram);
    if (mapped === null) return true;
    this.#questions.delete(id);
    const key = answerKey(question.base, question.server);
    this.#fresh.add(key);
    this.#unansweredSince = null;
    const known = this.#answers.get(key);
    if (known !== undefined && isSameAddress(known.mapped, mapped)) return true;
    this.#answers.set(key, { base: question.base, mapped });
    this.#onChange();
    return true;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.#questions.clear();
    this.#fresh.clear();
  }

  /** Addresses that were seen before a change of the network say nothing any more. */
  forget(): void {
    this.#answers.clear();
    this.#unansweredSince = null;
  }

  #send(servers: readonly { readonly server: string; readonly remotes: readonly TransportAddress[] }[]): void {
    const transport = this.#transport();
    for (const { name: base, family } of transport?.bases ?? []) {
      for (const { server, remotes } of servers.slice(0, SERVERS)) {
        const remote = remotes.find((address) => (family === 'IPv6') === isIpv6(address));
        if (remote === undefined || this.#fresh.has(answerKey(base, server))) continue;
        if (this.#fresh.size === 0) this.#unansweredSince ??= this.#now();
        const request = encodeBindingRequest();
        this.#questions.set(transactionOf(request), { base, server });
        transport?.send(base, remote, request);
      }
    }
  }

  /** The last good addresses, when the name server is out of reach, as it is while a computer roams. */
  async #resolve({ host, port }: StunEndpoint): Promise<readonly TransportAddress[]> {
    try {
      const found = await lookup(host, { all: true });
      this.#lastGoodAddresses.set(
        host,
        found.map(({ address }) => address),
      );
    } catch {
      // Told by the relay's connection, which needs the same name server.
    }
    return (this.#lastGoodAddresses.get(host) ?? []).map((address) => ({ address, port }));
  }
}

/** Two servers that see one base as two addresses have met a NAT that gives each destination its own. */
function mappingOf(answers: readonly Answer[]): Reachability['mapping'] {
  const compared = answers.flatMap(({ base, mapped }, index) =>
    answers.slice(0, index).flatMap((other) => (other.base === base ? [isSameAddress(other.mapped, mapped)] : [])),
  );
  if (compared.length === 0) return 'unknown';
  return compared.every(Boolean) ? 'endpoint-independent' : 'endpoint-dependent';
}

function answerKey(base: string, server: string): string {
  return `${base} ${server}`;
}

function transactionOf(message: Uint8Array): string {
  return Buffer.from(message.subarray(8, 20)).toString('hex');
}

function mappedAddress(datagram: Uint8Array): TransportAddress | null {
  try {
    const mapped = mappedAddressOf(decodeStunMessage(datagram));
    return mapped === null ? null : { address: mapped.address, port: mapped.port };
  } catch (error) {
    if (error instanceof StunError) return null;
    throw error;
  }
}
