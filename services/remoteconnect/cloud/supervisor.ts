/**
 * Keeps this gateway connected to the cloud (G6, G7): onboarding once, then one connection after the other.
 *
 * The SDKs are trusted with nothing but one connection at a time: they reorder messages across an outage, give up
 * after minutes, never subscribe to the twin again and leave calls open for ever. So every connection is a new client
 * with a fresh twin, every call is bounded, and waiting between attempts is decided here.
 */
import type { CloudLink } from '@edgegateway/protocol/gateway-bus';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { Doorbell } from '../../doorbell.ts';
import { clip, ServiceError, sentenceOf } from '../../errors.ts';
import type { Assignment, AssignmentStore, Registrar } from '../../provisioning/assignment.ts';
import type { GatewayIdentity } from '../../provisioning/identity.ts';
import { backoffDelay, type Clock, pause, timestampOf, withTimeout } from '../../timing.ts';
import type { ServiceLog } from '../log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { HubConnection, HubConnector, HubEvents } from './hub-connection.ts';
import { PatchQueue, runOnline } from './online.ts';
import type { TwinDocument } from './twin-document.ts';

export interface SupervisorOptions {
  /** Read before every attempt. @throws ServiceError */
  readonly readIdentity: () => Promise<GatewayIdentity>;
  readonly registrar: Registrar;
  readonly assignments: AssignmentStore;
  readonly connector: HubConnector;
  readonly hubPort: number;
  readonly methods: HubEvents['methods'];
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly onLink: (link: CloudLink) => void;
  readonly onDesired: (desired: TwinDocument) => void;
  /** 0 <= random() < 1 */
  readonly random?: () => number;
}

const CONNECT_TIMEOUT_MILLISECONDS = 30_000;
const BACKOFF = { firstMilliseconds: 1000, capMilliseconds: 30_000 };
/** Shorter connections count as failures, so that a hub that drops us at once is not asked every second. */
const SOUND_CONNECTION_MILLISECONDS = 30_000;

export class CloudSupervisor {
  /** To be rung when the outbox has got events. */
  readonly eventsAdded = new Doorbell();
  readonly #options: SupervisorOptions;
  readonly #reportChanged = new Doorbell();
  readonly #hurry = new Doorbell();
  readonly #settled = new Set<() => void>();
  #report: GatewayReport | null = null;
  #link: CloudLink = { state: 'connecting' };

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get link(): CloudLink {
    return this.#link;
  }

  /** What the reported properties are to be from now on, over every reconnect. */
  setReport(report: GatewayReport): void {
    this.#report = report;
    this.#reportChanged.ring();
  }

  /**
   * Fulfilled when the report and every event have reached the cloud; at once when there is no connection to bring
   * them there.
   */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#link.state !== 'online' || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#settled.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#settled.add(done);
      signal.addEventListener('abort', done, { once: true });
      this.#hurry.ring();
      this.#reportChanged.ring();
      this.eventsAdded.ring();
    });
  }

  /** Fulfilled once `signal` is aborted and nothing of a connection is left. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      let onlineSince: number | null = null;
      try {
        await this.#attempt(signal, () => {
          onlineSince = clock.monotonic();
        });
      } catch (error) {
        this.#releaseWaiting();
        if (signal.aborted) return;
        const lasted = clock.monotonic() - (onlineSince ?? clock.monotonic());
        failures = lasted >= SOUND_CONNECTION_MILLISECONDS ? 1 : failures + 1;
        const delay = backoffDelay(failures, {
          ...BACKOFF,
          ...(this.#options.random === undefined ? {} : { random: this.#options.random }),
        });
        const problem = clip(sentenceOf(error), 500);
        const code = error instanceof ServiceError ? error.code : 'unexpected';
        log.warn({ code, delay }, problem);
        this.#setLink({ state: 'offline', problem, code, retryAt: timestampOf(clock.wall() + delay) });
        await pause(delay, signal).catch(() => undefined);
      }
    }
  }

  async #attempt(signal: AbortSignal, onOnline: () => void): Promise<never> {
    const identity = await this.#options.readIdentity();
    const assignment = await this.#assignment(identity, signal);
    this.#setLink({ state: 'connecting' });
    const patches = new PatchQueue();
    const connection = await this.#connect(identity, assignment, patches, signal);
    try {
      return await runOnline(
        {
          connection,
          patches,
          signal,
          onDesired: this.#options.onDesired,
          delivery: {
            outbox: this.#options.outbox,
            eventsAdded: this.eventsAdded,
            reportChanged: this.#reportChanged,
            hurry: this.#hurry,
            report: () => this.#report,
            settled: () => this.#releaseWaiting(),
          },
        },
        () => {
          onOnline();
          this.#setLink({ state: 'online', since: timestampOf(this.#options.clock.wall()) });
          this.#options.log.info({ hub: assignment.hub }, 'connected to the cloud');
        },
      );
    } finally {
      await connection.close();
    }
  }

  async #assignment(identity: GatewayIdentity, signal: AbortSignal): Promise<Assignment> {
    const { assignments, registrar, log } = this.#options;
    const remembered = await assignments.read(identity);
    if (remembered !== null) return remembered;
    this.#setLink({ state: 'onboarding' });
    const assignment = await registrar.register(identity, signal);
    await assignments.write(identity, assignment);
    log.info({ hub: assignment.hub, deviceId: assignment.deviceId }, 'onboarded');
    return assignment;
  }

  async #connect(
    identity: GatewayIdentity,
    assignment: Assignment,
    patches: PatchQueue,
    signal: AbortSignal,
  ): Promise<HubConnection> {
    const { connector, assignments, hubPort, methods } = this.#options;
    const endpoint = { host: assignment.hub, port: hubPort, deviceId: assignment.deviceId };
    try {
      return await withTimeout('connecting to the cloud', CONNECT_TIMEOUT_MILLISECONDS, signal, (bounded) =>
        connector.connect(endpoint, identity, { onDesired: patches.push, methods }, bounded),
      );
    } catch (error) {
      // The gateway may have been given to another hub: DPS knows.
      if (error instanceof ServiceError && error.code === 'hub-refused') await assignments.forget();
      throw error;
    }
  }

  #setLink(link: CloudLink): void {
    this.#link = link;
    this.#options.onLink(link);
  }

  #releaseWaiting(): void {
    for (const done of [...this.#settled]) done();
  }
}
