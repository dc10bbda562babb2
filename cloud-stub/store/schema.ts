/**
 * The tables, as Kysely sees them.
 *
 * Times are ISO 8601 texts in UTC with milliseconds, as they stand on every wire: equal on both databases, and sorted as
 * texts they are sorted in time. JSON columns take text and give values.
 */
import type { PeerStatus } from '@edgegateway/protocol/client-api';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import type { PlantScan } from '@edgegateway/protocol/plant-scan';
import type { ReleasedAddress } from '@edgegateway/protocol/released-address';
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { TokenScope } from '../api/contract/access-tokens.ts';
import type { DeviceKind, DeviceService } from '../api/contract/devices.ts';
import type { Admission } from '../api/contract/enrolment.ts';
import type { ActorKind } from '../api/contract/history.ts';
import type { ScanState } from '../api/contract/plant-scans.ts';
import type { StateWhy, WeeklyWindow } from '../api/contract/session-rules.ts';
import type { Role, Session, User } from '../api/contract.ts';
import type { HubDevice, HubGroup } from '../hub/hub.ts';

type Json<Value> = ColumnType<Value, string, string>;
/** Its default is null. */
type Nullable<Value> = ColumnType<Value | null, Value | null | undefined, Value | null>;
type NullableJson<Value> = ColumnType<Value | null, string | null | undefined, string | null>;

export interface UserTable {
  id: string;
  email: string;
  name: string;
  role: Role;
  state: User['state'];
  password_hash: string | null;
  created_at: string;
  /** A removed user stays for the history. */
  removed_at: string | null;
  last_login_at: string | null;
  /** Sealed (api/sealing.ts): in use, and not yet confirmed. */
  totp_secret: string | null;
  totp_pending: string | null;
  totp_since: string | null;
  /** The newest time step (RFC 6238) whose code was accepted: none works twice. */
  totp_last_step: number;
  sso_issuer: string | null;
  sso_subject: string | null;
}

export interface RecoveryCodeTable {
  code_hash: string;
  user_id: string;
}

/** Guesses of one kind; they are forgotten one by one (api/login/login-throttle.ts). */
export interface LoginFailureTable {
  key_hash: string;
  failures: number;
  last_at: string;
  /** Milliseconds after `last_at` in which no further attempt is heard. */
  wait: number;
}

export interface InvitationTable {
  code_hash: string;
  user_id: string;
  expires_at: string;
}

export interface LoginTable {
  id_hash: string;
  /** Names the login on the page of its user; opens nothing. */
  id: string;
  user_id: string;
  method: 'password' | 'single-sign-on';
  /** When the second factor was shown; null: not yet, or not needed. */
  second_factor_at: string | null;
  address: string;
  /** The User-Agent header, shortened. */
  browser: string;
  created_at: string;
  last_used_at: string;
}

export interface GatewayTable {
  registration_id: string;
  name: string;
  /** Null when it came by an enrolment group and the hub does not tell its certificate. */
  certificate: string | null;
  /** Which group it came by; null: it was added by name. */
  enrolment_group: ColumnType<string | null, string | undefined, never>;
  /** `waiting`: it came by a group and no administrator has accepted it yet. */
  admission: Generated<Admission>;
  tunnel_address: string;
  created_at: string;
  last_seen_at: string | null;
  report: ColumnType<GatewayReport | null, string | null, string | null>;
  /** When the plant last switched remoteConnect on or off. */
  switched_at: Nullable<string>;
}

export interface DeviceTable {
  id: string;
  gateway: string;
  name: string;
  kind: DeviceKind;
  address: string;
  services: Json<readonly DeviceService[]>;
  notes: string;
  link: string | null;
  mapped_address: string | null;
}

export interface SessionTable {
  id: string;
  name: string;
  description: string;
  reason: string;
  maximum_minutes: number;
  created_at: string;
  created_by: string;
  state: Session['state'];
  state_reason: string;
  /** The same as `state_reason`, for programs; null where there is nothing to say. */
  state_why: NullableJson<StateWhy>;
  valid_from: Nullable<string>;
  valid_to: Nullable<string>;
  windows: ColumnType<readonly WeeklyWindow[], string | undefined, string>;
  time_zone: Generated<string>;
  plant_approval: Generated<boolean>;
  /** The run that goes on, or the last one. */
  run_id: string | null;
  /** Its own texts in lower case. */
  searched: GeneratedAlways<string>;
}

export interface SessionReleaseTable {
  session_id: string;
  position: number;
  gateway: string;
  address: string;
  protocol: Exclude<ReleasedAddress['protocol'], undefined> | null;
  port: number | null;
}

export interface SessionUserTable {
  session_id: string;
  user_id: string;
}

export interface SessionRunTable {
  id: string;
  session_id: string;
  started_at: string;
  started_by: string;
  ticket_expires_at: string;
  expires_at: string;
  /** Why the run ends at `expires_at`. */
  expires_why: NullableJson<StateWhy>;
  ended_at: string | null;
  ticket_redeemed_at: string | null;
  computer: string | null;
  client_public_key: string | null;
  client_address: string | null;
  event_token_hash: string | null;
  peers: Json<readonly PeerStatus[]>;
}

export interface RunGatewayTable {
  run_id: string;
  gateway: string;
  signalling_secret: string;
  /** Until when the plant may answer; null until it is asked. */
  approval_until: Nullable<string>;
  approved_at: Nullable<string>;
  approved_by: Nullable<string>;
  /** The gateway's, for which `encapsulated_key` was made. */
  encapsulation_key: Nullable<string>;
  /** Null until the client has handed it in. */
  encapsulated_key: Nullable<string>;
}

export interface TicketTable {
  ticket_hash: string;
  run_id: string;
  user_id: string;
  expires_at: string;
  redeemed_at: string | null;
}

export interface AuditTable {
  sequence: number;
  at: string;
  actor: string;
  origin: string | null;
  action: string;
  session_id: string | null;
  gateway: string | null;
  details: Json<Readonly<Record<string, unknown>>>;
  previous_hash: string;
  hash: string;
  /** `tsvector`, made by audit-words.ts; outside the hash. */
  words: ColumnType<string, string, never>;
  /** Which kind of actor: made by the database. */
  actor_kind: GeneratedAlways<ActorKind>;
}

export interface EventLogTable {
  /** `gateway {id}` or `run {id}`: nobody can write into another's log. */
  source: string;
  log: string;
  last_sequence: number;
  /** Since when the next event is missing though later ones were sent. */
  gap_since: string | null;
}

export interface HubDeviceTable {
  registration_id: string;
  document: Json<HubDevice>;
}

export interface HubGroupTable {
  group_id: string;
  document: Json<HubGroup>;
}

export interface EnrolmentGroupTable {
  id: string;
  name: string;
  certificate: string;
  created_at: string;
}

/** How far the telemetry of a hub's partition has been taken in. */
export interface HubCheckpointTable {
  partition: string;
  offset: string;
}

export interface PlantScanTable {
  gateway: string;
  id: string;
  asked_at: string;
  state: ScanState;
  result: ColumnType<PlantScan | null, string | null, string | null>;
}

/** A gateway that the hub has to be brought in line with; `asked` grows with every further change until that is done. */
export interface HubWorkTable {
  registration_id: string;
  asked: Generated<number>;
}

/** Gateways that the process that leads sees connected. */
export interface HubConnectionTable {
  registration_id: string;
  leader: string;
}

export interface AccessTokenTable {
  id: string;
  user_id: string;
  name: string;
  /** The token's first characters, by which its owner knows it. */
  prefix: string;
  token_hash: string;
  scopes: Json<readonly TokenScope[]>;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface Tables {
  users: UserTable;
  invitations: InvitationTable;
  logins: LoginTable;
  recovery_codes: RecoveryCodeTable;
  login_failures: LoginFailureTable;
  gateways: GatewayTable;
  devices: DeviceTable;
  sessions: SessionTable;
  session_releases: SessionReleaseTable;
  session_users: SessionUserTable;
  session_runs: SessionRunTable;
  run_gateways: RunGatewayTable;
  tickets: TicketTable;
  audit: AuditTable;
  event_logs: EventLogTable;
  hub_devices: HubDeviceTable;
  hub_groups: HubGroupTable;
  plant_scans: PlantScanTable;
  hub_checkpoints: HubCheckpointTable;
  enrolment_groups: EnrolmentGroupTable;
  hub_work: HubWorkTable;
  hub_connections: HubConnectionTable;
  access_tokens: AccessTokenTable;
}
