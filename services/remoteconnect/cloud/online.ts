/**
 * What runs while a connection to the hub lives: the desired properties are followed, the report and the audit events
 * are delivered. Whatever goes wrong ends it, and the supervisor connects afresh.
 */
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { Doorbell } from '../../doorbell.ts';
import { pause, withTimeout } from '../../timing.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { HubConnection } from './hub-connection.ts';
import { applyTwinPatch, patchBetween, type TwinDocument } from './twin-document.ts';

export interface Delivery {
  readonly outbox: Outbox;
  /** Rung when events were added or the report changed. */
  readonly eventsAdded: Doorbell;
  readonly reportChanged: Doorbell;
  /** Rung when the next report must not wait for its turn. */
  readonly hurry: Doorbell;
  report(): GatewayReport | null;
  /** Everything that was to be delivered is delivered, for the moment. */
  settled(): void;
}

export interface OnlineOptions {
  readonly connection: HubConnection;
  /** Raw patches of the desired properties, filled by the connection from its start on. */
  readonly patches: PatchQueue;
  readonly delivery: Delivery;
  /** The whole desired properties: at first, and after every change. */
  onDesired(desired: TwinDocument): void;
  readonly signal: AbortSignal;
}

/** IoT Hub answers within seconds; a longer silence means that the connection is dead. */
export const CALL_TIMEOUT_MILLISECONDS = 20_000;

/** A patch that got lost as the last one leaves no gap to be seen by; reading now and then closes that. */
export const TWIN_REFRESH_MILLISECONDS = 10 * 60_000;

/** Reported properties are throttled by IoT Hub and counted as messages: changes within a second go together. */
const REPORT_INTERVAL_MILLISECONDS = 1000;

export class PatchQueue {
  readonly arrived = new Doorbell();
  readonly #patches: unknown[] = [];

  readonly push = (patch: unknown): void => {
    this.#patches.push(patch);
    this.arrived.ring();
  };

  shift(): { readonly patch: unknown } | null {
    return this.#patches.length === 0 ? null : { patch: this.#patches.shift() };
  }
}

/** Never fulfilled before `signal` is aborted; rejects with the reason why the connection must be given up. */
export async function runOnline(options: OnlineOptions, onReady: () => void): Promise<never> {
  const { connection, delivery } = options;
  const scope = new AbortController();
  const abort = () => scope.abort(options.signal.reason);
  options.signal.addEventListener('abort', abort, { once: true });
  const signal = scope.signal;
  const bounded = <T>(what: string, work: () => Promise<T>) =>
    withTimeout(what, CALL_TIMEOUT_MILLISECONDS, signal, work);
  const lost = connection.lost.then((error): never => {
    throw error;
  });
  const activities: Promise<never>[] = [];
  try {
    options.signal.throwIfAborted();
    const twin = await Promise.race([bounded('reading the device twin', () => connection.readTwin()), lost]);
    options.onDesired(twin.desired);
    onReady();
    const reporting = { known: ownPart(twin.reported.properties) };
    const settle = () => {
      if (delivery.outbox.isEmpty && pendingPatch(reporting.known, delivery.report()) === null) delivery.settled();
    };
    activities.push(
      followDesired(options, twin.desired, bounded, signal),
      refreshTwin(options.patches, signal),
      deliverReport(options, reporting, bounded, signal, settle),
      deliverEvents(options, bounded, signal, settle),
    );
    return await Promise.race([lost, ...activities]);
  } finally {
    options.signal.removeEventListener('abort', abort);
    scope.abort(new Error('the connection has ended'));
    await Promise.allSettled(activities);
  }
}

type Bounded = <T>(what: string, work: () => Promise<T>) => Promise<T>;

async function followDesired(
  options: OnlineOptions,
  first: TwinDocument,
  bounded: Bounded,
  signal: AbortSignal,
): Promise<never> {
  let document = first;
  for (;;) {
    const next = options.patches.shift();
    if (next === null) {
      await options.patches.arrived.wait(signal);
      continue;
    }
    const result = applyTwinPatch(document, next.patch);
    switch (result.outcome) {
      case 'ignored':
        break;
      case 'applied':
        document = result.document;
        options.onDesired(document);
        break;
      case 'gap': {
        const { desired } = await bounded('reading the device twin', () => options.connection.readTwin());
        // An equal version is an equal document.
        if (desired.version !== document.version) options.onDesired(desired);
        document = desired;
      }
    }
  }
}

/** Something that is no patch makes the follower read the twin. */
async function refreshTwin(patches: PatchQueue, signal: AbortSignal): Promise<never> {
  for (;;) {
    await pause(TWIN_REFRESH_MILLISECONDS, signal);
    patches.push(null);
  }
}

type Members = Readonly<Record<string, unknown>>;

async function deliverReport(
  options: OnlineOptions,
  reporting: { known: Members },
  bounded: Bounded,
  signal: AbortSignal,
  settle: () => void,
): Promise<never> {
  const { delivery, connection } = options;
  for (;;) {
    const report = delivery.report();
    const patch = pendingPatch(reporting.known, report);
    if (patch === null) {
      settle();
      await delivery.reportChanged.wait(signal);
      continue;
    }
    await bounded('reporting', () => connection.report(patch));
    reporting.known = { remoteConnect: report };
    settle();
    await delivery.hurry.waitAtMost(REPORT_INTERVAL_MILLISECONDS, signal);
  }
}

/** The smallest patch that brings the hub's copy to the report; null when there is nothing to tell. */
function pendingPatch(known: Members, report: GatewayReport | null): Members | null {
  return report === null ? null : patchBetween(known, { remoteConnect: report });
}

/** Other keys of the reported properties are not ours to change. */
function ownPart(reported: Members): Members {
  const own = reported['remoteConnect'];
  return own === undefined ? {} : { remoteConnect: own };
}

async function deliverEvents(
  options: OnlineOptions,
  bounded: Bounded,
  signal: AbortSignal,
  settle: () => void,
): Promise<never> {
  const { outbox, eventsAdded } = options.delivery;
  for (;;) {
    const batch = outbox.next();
    if (batch === null) {
      settle();
      await eventsAdded.wait(signal);
      continue;
    }
    await bounded('sending audit events', () => options.connection.send(JSON.stringify(batch)));
    const last = batch.events.at(-1);
    if (last !== undefined) outbox.acknowledge(last.sequence);
  }
}
