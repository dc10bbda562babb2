/**
 * The way between the cloud and its gateways: DPS and IoT Hub, behind one interface with two adapters
 * (the emulator here; Azure's own services through their SDK).
 */
import type { GatewayConfiguration, GatewayReport } from '@edgegateway/protocol/gateway-configuration';

/** Of a device-to-cloud message: what its topic says besides the body. */
export interface MessageProperties {
  /** `$.ct` (content type), `$.ce` (encoding), `$.mid` (message id) ... without the leading `$.`. */
  readonly system: Readonly<Record<string, string>>;
  readonly application: Readonly<Record<string, string>>;
}

/** A gateway that came with a certificate of an enrolment group and that nobody added by name. */
export interface AppearedGateway {
  readonly groupId: string;
  /** PEM of the certificate it came with; null where the hub does not tell. */
  readonly certificatePem: string | null;
}

export interface HubListener {
  /** The gateway's connection to the hub came or went. `at` is ISO 8601. */
  connectionChanged(registrationId: string, connected: boolean, at: string): Promise<void>;
  /** `remoteConnect` of the reported properties, checked; called after every change. */
  reported(registrationId: string, report: GatewayReport): Promise<void>;
  /**
   * A device-to-cloud message. The hub acknowledges it to the gateway only after this promise is fulfilled,
   * and delivers it again otherwise: the listener must cope with duplicates.
   */
  telemetry(registrationId: string, body: unknown, properties?: MessageProperties): Promise<void>;
  /** Called before such a gateway is let in, again whenever it registers anew; it is not let in when this rejects. */
  appeared?(registrationId: string, gateway: AppearedGateway): Promise<void>;
}

export interface MethodCall {
  readonly name: string;
  /** JSON, at most 128 KB. */
  readonly payload: unknown;
  /** 5 to 300; 30 unless given. */
  readonly responseTimeoutSeconds?: number;
}

export interface MethodAnswer {
  /** The gateway's own, as HTTP has them. */
  readonly status: number;
  readonly payload: unknown;
}

export interface Hub {
  /** Ports are open and gateways can connect once this is fulfilled. */
  start(listener: HubListener): Promise<void>;
  stop(): Promise<void>;
  /** Lets a gateway in: an individual X.509 enrolment with exactly this certificate (PEM). Replaces a former one. */
  enroll(registrationId: string, certificatePem: string): Promise<void>;
  /** Removes the enrolment and the twin, and closes the gateway's connection. */
  remove(registrationId: string): Promise<void>;
  /**
   * Keeps a gateway out without forgetting it: its connection is closed, DPS and IoT Hub refuse it, its twin stays.
   * Nothing happens when it is so already.
   */
  disable(registrationId: string): Promise<void>;
  /** The contrary of `disable`. */
  enable(registrationId: string): Promise<void>;
  /** Lets in whoever holds a certificate that this certification authority (PEM) signed. Replaces a former group. */
  enrollGroup(groupId: string, caPem: string): Promise<void>;
  /** Nobody new comes in by this group from now on; who is in stays. */
  removeGroup(groupId: string): Promise<void>;
  isConnected(registrationId: string): boolean;
  /**
   * Asks a connected gateway for something (a direct method), and waits for its answer.
   * @throws HubError gateway-offline | gateway-silent, or as the hub refuses
   */
  ask(registrationId: string, call: MethodCall): Promise<MethodAnswer>;
  /** Makes `remoteConnect` of the desired properties exactly this (members that are gone are patched to null). */
  setDesired(registrationId: string, configuration: GatewayConfiguration): Promise<void>;
}

/** What every process of a cloud may do with the hub, whichever of them runs it. */
export type HubOfAll = Omit<Hub, 'ask'>;

/** Keys in base64, as Azure's enrolments have them: either is good. */
export interface SymmetricKeys {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** How a gateway proves who it is. */
export type Attestation =
  | { readonly kind: 'certificate'; readonly certificatePem: string }
  | ({ readonly kind: 'symmetric-key' } & SymmetricKeys)
  /** It came by a group. `fingerprint`: SHA-256 of its certificate; null where the group has keys. */
  | { readonly kind: 'group'; readonly groupId: string; readonly fingerprint: string | null };

/** A message to a gateway that waits for its acknowledgement. */
export interface PendingMessage {
  readonly lockToken: string;
  /** The topic's last part: URL-encoded properties. */
  readonly properties: string;
  /** base64 */
  readonly body: string;
  readonly expiresAt: string;
  readonly deliveryCount: number;
}

/** What the emulator must remember across its restarts: one JSON document for each gateway, kept whole. */
export interface HubDevice {
  readonly registrationId: string;
  readonly attestation: Attestation;
  readonly status: 'enabled' | 'disabled';
  readonly desired: { readonly properties: Readonly<Record<string, unknown>>; readonly version: number };
  readonly reported: { readonly properties: Readonly<Record<string, unknown>>; readonly version: number };
  /**
   * Topic filters of the gateway's persistent MQTT session and their granted QoS. The device SDK never subscribes
   * again after a reconnect: it relies on the hub for that.
   */
  readonly subscriptions: Readonly<Record<string, 0 | 1>>;
  readonly pendingMessages: readonly PendingMessage[];
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
}

export interface HubGroup {
  readonly groupId: string;
  readonly attestation:
    | { readonly kind: 'certificate-authority'; readonly caPem: string }
    | ({ readonly kind: 'symmetric-key' } & SymmetricKeys);
  readonly createdAt: string;
}

export interface HubStorage {
  load(): Promise<readonly HubDevice[]>;
  save(device: HubDevice): Promise<void>;
  remove(registrationId: string): Promise<void>;
  loadGroups(): Promise<readonly HubGroup[]>;
  saveGroup(group: HubGroup): Promise<void>;
  removeGroup(groupId: string): Promise<void>;
}
