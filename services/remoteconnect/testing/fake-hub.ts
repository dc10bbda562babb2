import { type AuditEvent, auditEventBatch } from '@edgegateway/protocol/audit-event';
import { ServiceError } from '../../errors.ts';
import type { Registrar } from '../../provisioning/assignment.ts';
import type { GatewayIdentity } from '../../provisioning/identity.ts';
import type { HubConnection, HubConnector, HubEvents } from '../cloud/hub-connection.ts';
import { mergePatch, type TwinDocument } from '../cloud/twin-document.ts';

export const IDENTITY: GatewayIdentity = {
  idScope: '0ne00000001',
  registrationId: 'gateway-1',
  dps: { host: 'dps.example', port: 443 },
  certificatePem: 'certificate',
  keyPem: 'key',
  caPem: null,
};

interface FakeConnection {
  readonly onDesired: (patch: unknown) => void;
  readonly lose: (error: Error) => void;
}

/** DPS and IoT Hub in memory, with the misbehaviour of an outage at hand. */
export class FakeHub {
  desired: TwinDocument = { version: 1, properties: {} };
  reported: TwinDocument = { version: 1, properties: {} };
  readonly received: AuditEvent[] = [];
  readonly reportPatches: Readonly<Record<string, unknown>>[] = [];
  registrations = 0;
  connections = 0;
  twinReadings = 0;
  /** Thrown at the next connection attempts, first one first. */
  readonly refusals: ServiceError[] = [];
  /** What is sent is stored, but the acknowledgement never arrives. */
  swallowsAcknowledgements = false;
  /** Twin readings stay open for ever, as the SDK's do. */
  hangsOnTwin = false;
  isDown = false;
  /** What the gateway offers to be asked for. */
  methods: HubEvents['methods'] = {};
  #live: FakeConnection | null = null;

  readonly registrar: Registrar = {
    register: () => {
      this.registrations += 1;
      return Promise.resolve({ hub: `hub${this.registrations}.example`, deviceId: IDENTITY.registrationId });
    },
  };

  readonly connector: HubConnector = {
    connect: (_endpoint, _identity, events) => {
      const refusal = this.refusals.shift();
      if (refusal !== undefined) return Promise.reject(refusal);
      if (this.isDown) return Promise.reject(new ServiceError('hub-unreachable'));
      this.connections += 1;
      this.methods = events.methods;
      return Promise.resolve(this.#connection(events.onDesired));
    },
  };

  get isConnected(): boolean {
    return this.#live !== null;
  }

  /** The cloud changes the desired properties; a connected gateway hears of it unless the patch gets lost. */
  setDesired(patch: Readonly<Record<string, unknown>>, options: { readonly lost?: boolean } = {}): void {
    this.desired = { version: this.desired.version + 1, properties: mergePatch(this.desired.properties, patch) };
    if (options.lost !== true) this.#live?.onDesired({ ...patch, $version: this.desired.version });
  }

  /** The connection breaks. */
  drop(): void {
    this.#live?.lose(new ServiceError('connection-lost'));
    this.#live = null;
  }

  /** The events that a receiver keeps which remembers the last number of each log. */
  get stored(): AuditEvent[] {
    const last = new Map<string, number>();
    return this.received.filter((event) => {
      if (event.sequence <= (last.get(event.log) ?? 0)) return false;
      last.set(event.log, event.sequence);
      return true;
    });
  }

  #connection(onDesired: (patch: unknown) => void): HubConnection {
    const { promise: lost, resolve: lose } = Promise.withResolvers<Error>();
    const live = { onDesired, lose };
    this.#live = live;
    return {
      lost,
      readTwin: () => {
        this.twinReadings += 1;
        if (this.hangsOnTwin) return new Promise(() => undefined);
        return Promise.resolve({ desired: this.desired, reported: this.reported });
      },
      report: (patch) => {
        this.reportPatches.push(patch);
        this.reported = {
          version: this.reported.version + 1,
          properties: mergePatch(this.reported.properties, patch),
        };
        return Promise.resolve();
      },
      send: (body) => {
        this.received.push(...auditEventBatch.parse(JSON.parse(body)).events);
        return this.swallowsAcknowledgements ? new Promise(() => undefined) : Promise.resolve();
      },
      close: () => {
        if (this.#live === live) this.#live = null;
        lose(new ServiceError('connection-lost', 'closed'));
        return Promise.resolve();
      },
    };
  }
}
