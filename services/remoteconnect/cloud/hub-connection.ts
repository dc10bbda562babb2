/** What the supervisor needs of an IoT Hub connection: small, so that tests stand in for it. */
import type { GatewayIdentity } from '../../provisioning/identity.ts';
import type { TwinDocument } from './twin-document.ts';

export interface HubEndpoint {
  readonly host: string;
  readonly port: number;
  readonly deviceId: string;
}

export interface Twin {
  readonly desired: TwinDocument;
  readonly reported: TwinDocument;
}

/** One connection; once lost it never comes back. Every promise may stay open for ever: callers bound them. */
export interface HubConnection {
  /** Subscribed to changes and read afterwards: no change falls between. */
  readTwin(): Promise<Twin>;
  /** Sends a JSON merge patch (RFC 7396) of the reported properties. */
  report(patch: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sends one device-to-cloud message of JSON; fulfilled when the hub has acknowledged it. */
  send(body: string): Promise<void>;
  /** Fulfilled with the reason when the connection is gone. Never rejects. */
  readonly lost: Promise<Error>;
  /** Fulfilled when nothing of the connection is left. Never rejects. */
  close(): Promise<void>;
}

export interface MethodAnswer {
  /** As HTTP has them. */
  readonly status: number;
  readonly payload: unknown;
}

/** What a connection tells and asks while it lives. */
export interface HubEvents {
  /** Called with each raw patch of the desired properties, `$version` included. */
  readonly onDesired: (patch: unknown) => void;
  /** What the cloud may ask for by direct methods, by their names. They never reject. */
  readonly methods: Readonly<Record<string, () => Promise<MethodAnswer>>>;
}

export interface HubConnector {
  /**
   * @throws ServiceError 'hub-refused' | 'hub-unreachable' | 'certificate-not-trusted'
   */
  connect(
    endpoint: HubEndpoint,
    identity: GatewayIdentity,
    events: HubEvents,
    signal: AbortSignal,
  ): Promise<HubConnection>;
}
