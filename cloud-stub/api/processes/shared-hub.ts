/**
 * One hub for all processes of a cloud: the process that leads runs it. The others leave what they want of it in the
 * store, where triggers have noted most of it already, and the leader brings gateway by gateway in line with the store.
 */
import { randomUUID } from 'node:crypto';
import type { GatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import type { Logger } from 'pino';
import type { Hub, HubListener, HubOfAll } from '../../hub/hub.ts';
import { sendNotice } from '../../store/notices.ts';
import type { Store } from '../../store/store.ts';
import type { Notice } from './notice.ts';

const RETRY_MILLISECONDS = 5000;

export interface SharedHubOptions {
  readonly hub: Hub;
  readonly store: Store;
  readonly log: Logger;
  /** This process has begun to lead, and the hub runs. */
  readonly takeUp: () => Promise<void>;
  /** Makes what the hub has of this gateway what the store says. */
  readonly reconcile: (registrationId: string) => Promise<void>;
}

export class SharedHub implements HubOfAll {
  readonly #options: SharedHubOptions;
  readonly #id = randomUUID();
  /** As the leader has told; of no use while this process leads. */
  readonly #connected = new Set<string>();
  #leads = false;
  /** This process was to lead and could not; nobody else has begun to since. */
  #failed = false;
  #giveUp: () => Promise<void> = () => Promise.resolve();
  #work: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | null = null;

  constructor(options: SharedHubOptions) {
    this.#options = options;
  }

  get leads(): boolean {
    return this.#leads;
  }

  get state(): 'leads' | 'standby' | 'failed' {
    if (this.#leads) return 'leads';
    return this.#failed ? 'failed' : 'standby';
  }

  async start(listener: HubListener): Promise<void> {
    this.#giveUp = await this.#options.store.compete({
      gained: () => this.#gained(listener),
      lost: () => this.#lost(),
    });
    await this.readConnections();
  }

  async stop(): Promise<void> {
    await this.#giveUp();
  }

  async enroll(registrationId: string, certificatePem: string): Promise<void> {
    if (this.#leads) await this.#options.hub.enroll(registrationId, certificatePem);
    else await this.#leave(registrationId);
  }

  async remove(registrationId: string): Promise<void> {
    if (this.#leads) await this.#options.hub.remove(registrationId);
    else await this.#leave(registrationId);
  }

  async disable(registrationId: string): Promise<void> {
    if (this.#leads) await this.#options.hub.disable(registrationId);
    else await this.#leave(registrationId);
  }

  async enable(registrationId: string): Promise<void> {
    if (this.#leads) await this.#options.hub.enable(registrationId);
    else await this.#leave(registrationId);
  }

  /** Of a process that does not lead, a trigger has noted it. */
  async enrollGroup(groupId: string, caPem: string): Promise<void> {
    if (this.#leads) await this.#options.hub.enrollGroup(groupId, caPem);
  }

  async removeGroup(groupId: string): Promise<void> {
    if (this.#leads) await this.#options.hub.removeGroup(groupId);
  }

  isConnected(registrationId: string): boolean {
    return this.#leads ? this.#options.hub.isConnected(registrationId) : this.#connected.has(registrationId);
  }

  async setDesired(registrationId: string, configuration: GatewayConfiguration): Promise<void> {
    if (this.#leads) await this.#options.hub.setDesired(registrationId, configuration);
    else await this.#leave(registrationId);
  }

  heard(notice: Extract<Notice, { kind: 'connection' | 'new-leader' }>): void {
    if (notice.from === this.#id) return;
    this.#failed = false;
    if (notice.kind === 'new-leader') this.#connected.clear();
    else if (notice.connected) this.#connected.add(notice.registrationId);
    else this.#connected.delete(notice.registrationId);
  }

  /** What the leader sees, from the store. */
  async readConnections(): Promise<void> {
    const rows = await this.#options.store.read.selectFrom('hub_connections').select('registration_id').execute();
    this.#connected.clear();
    for (const { registration_id } of rows) this.#connected.add(registration_id);
  }

  /** Does what waits in the store, if this process leads. Fulfilled once that is tried; never rejects. */
  drain(): Promise<void> {
    this.#work = this.#work
      .then(() => this.#drainOnce())
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'the hub could not be brought in line with the store; trying again');
        this.#tryLater();
      });
    return this.#work;
  }

  async #gained(listener: HubListener): Promise<void> {
    const { hub, store, takeUp } = this.#options;
    await store.write(async (writer) => {
      await writer.deleteFrom('hub_connections').execute();
      await tell(writer, { kind: 'new-leader', from: this.#id });
    });
    try {
      await hub.start(this.#noting(listener));
      this.#leads = true;
      await takeUp();
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.#options.log.error({ err: error }, 'this process could not begin to lead');
      throw error;
    }
    void this.drain();
  }

  async #lost(): Promise<void> {
    this.#leads = false;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#work;
    await this.#options.hub.stop();
    await this.readConnections().catch(() => undefined);
  }

  /** The same listener; connections are noted before it is told. */
  #noting(listener: HubListener): HubListener {
    return {
      connectionChanged: async (registrationId, connected, at) => {
        await this.#note(registrationId, connected);
        await listener.connectionChanged(registrationId, connected, at);
      },
      reported: (registrationId, report) => listener.reported(registrationId, report),
      telemetry: (registrationId, body, properties) => listener.telemetry(registrationId, body, properties),
      appeared: async (registrationId, gateway) => listener.appeared?.(registrationId, gateway),
    };
  }

  #note(registrationId: string, connected: boolean): Promise<void> {
    const leader = this.#id;
    return this.#options.store.write(async (writer) => {
      if (connected)
        await writer
          .insertInto('hub_connections')
          .values({ registration_id: registrationId, leader })
          .onConflict((conflict) => conflict.column('registration_id').doUpdateSet({ leader }))
          .execute();
      else {
        // What a later leader has noted stays.
        const deleted = await writer
          .deleteFrom('hub_connections')
          .where('registration_id', '=', registrationId)
          .where('leader', '=', leader)
          .executeTakeFirst();
        if (deleted.numDeletedRows === 0n) return;
      }
      await tell(writer, { kind: 'connection', from: leader, registrationId, connected });
    });
  }

  async #leave(registrationId: string): Promise<void> {
    await this.#options.store.write(async (writer) => {
      await writer
        .insertInto('hub_work')
        .values({ registration_id: registrationId })
        .onConflict((conflict) =>
          conflict.column('registration_id').doUpdateSet((row) => ({ asked: row('hub_work.asked', '+', 1) })),
        )
        .execute();
      await tell(writer, { kind: 'hub-work' });
    });
  }

  async #drainOnce(): Promise<void> {
    const { store, reconcile, log } = this.#options;
    if (!this.#leads) return;
    const waiting = await store.read.selectFrom('hub_work').selectAll().execute();
    for (const { registration_id, asked } of waiting) {
      if (!this.#leads) return;
      try {
        await reconcile(registration_id);
        // Asked for again meanwhile, it stays.
        await store.write((writer) =>
          writer
            .deleteFrom('hub_work')
            .where('registration_id', '=', registration_id)
            .where('asked', '=', asked)
            .execute(),
        );
      } catch (error) {
        log.error({ err: error, gateway: registration_id }, 'the hub did not take a gateway; trying again');
        this.#tryLater();
      }
    }
  }

  #tryLater(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#leads) this.#retry = setTimeout(() => void this.drain(), RETRY_MILLISECONDS);
  }
}

function tell(database: Parameters<typeof sendNotice>[0], told: Notice): Promise<void> {
  return sendNotice(database, JSON.stringify(told));
}
