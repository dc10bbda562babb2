/** What a running session means for its gateways (desired properties) and for its client. */
import type { ClientConfiguration, ClientGateway } from '@edgegateway/protocol/client-api';
import type { GatewayConfiguration, GatewaySession } from '@edgegateway/protocol/gateway-configuration';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { AddressTranslation, ReleasedAddress } from '@edgegateway/protocol/released-address';
import { sql } from 'kysely';
import type { Reader } from '../../store/store.ts';
import type { Context } from '../context.ts';
import { Problem } from '../errors.ts';
import { signRelayToken } from './relay-tokens.ts';

type Endpoints = Pick<ClientConfiguration, 'relays' | 'stunServers'>;

/** Azure IoT Hub takes 32 KB of desired properties; the rest is left for what is not ours. */
const DESIRED_LIMIT_BYTES = 28 * 1024;

/**
 * `remoteConnect` of the gateway's desired properties: exactly the sessions that run, and whose client has
 * encapsulated a secret for it: none goes without a preshared key.
 * @returns null when the gateway is not in the store, or nobody has accepted it
 */
export async function gatewayConfigurationOf(
  context: Context,
  reader: Reader,
  registrationId: string,
): Promise<GatewayConfiguration | null> {
  return configurationWith(context, reader, registrationId, await runsThrough(reader, registrationId));
}

/** A session that somebody wants to start. */
export interface WantedRun {
  readonly sessionId: string;
  readonly name: string;
  readonly reason: string;
  readonly plantApproval: boolean;
  readonly user: string;
  readonly email: string;
  readonly expiresAt: string;
}

/** Would the hub take the gateway's configuration with this one, once the client of every start and its key are there? */
export async function hasRoom(
  context: Context,
  reader: Reader,
  registrationId: string,
  wanted: WantedRun,
): Promise<boolean> {
  const { sessionId, name, reason, plantApproval, user, email, expiresAt } = wanted;
  const others = (await runsThrough(reader, registrationId)).filter((run) => run.session_id !== sessionId);
  const own = {
    ...CLIENT_TO_COME,
    ...{ session_id: sessionId, name, reason, plant_approval: plantApproval, user, email, expires_at: expiresAt },
  };
  const runs = [
    ...others.map((run) => ({ ...run, ...(run.client_public_key === null ? CLIENT_TO_COME : KEY_TO_COME) })),
    own,
  ];
  return fitsHub(await configurationWith(context, reader, registrationId, runs));
}

/**
 * @throws Problem gateway-full when the desired properties of one would exceed what the hub takes, once the keys of all
 * clients are there
 */
export async function requireRoom(context: Context, reader: Reader, gateways: readonly string[]): Promise<void> {
  for (const gateway of gateways) {
    const runs = (await runsThrough(reader, gateway)).map((run) => ({ ...run, ...KEY_TO_COME }));
    if (!fitsHub(await configurationWith(context, reader, gateway, runs)))
      throw new Problem('gateway-full', { detail: gateway });
  }
}

function fitsHub(configuration: GatewayConfiguration | null): boolean {
  return Buffer.byteLength(JSON.stringify(configuration)) <= DESIRED_LIMIT_BYTES;
}

/** As long as all are. */
const KEY_TO_COME = { encapsulated_key: Buffer.alloc(1088).toString('base64') };

/** As long as any that can come. */
const CLIENT_TO_COME = {
  ...KEY_TO_COME,
  client_public_key: Buffer.alloc(32).toString('base64'),
  client_address: '100.127.255.255',
  signalling_secret: Buffer.alloc(32).toString('base64'),
  approval_until: new Date(0).toISOString(),
  started_at: new Date(0).toISOString(),
};

type Run = Awaited<ReturnType<typeof runsThrough>>[number];

/** What was made for a former key of the gateway's is worth nothing to it. */
const KEY_FOR_PRESENT = sql<string | null>`
  case when rg.encapsulation_key = g.report ->> 'encapsulationKey' then rg.encapsulated_key end`;

function runsThrough(reader: Reader, registrationId: string) {
  return reader
    .selectFrom('run_gateways as rg')
    .innerJoin('session_runs as r', 'r.id', 'rg.run_id')
    .innerJoin('sessions as s', 's.id', 'r.session_id')
    .innerJoin('users as u', 'u.id', 'r.started_by')
    .innerJoin('gateways as g', 'g.registration_id', 'rg.gateway')
    .select(['r.session_id', 'r.client_public_key', 'r.client_address', 'r.started_at', 'r.expires_at'])
    .select(['s.name', 's.reason', 's.plant_approval', 'u.name as user', 'u.email'])
    .select(['rg.signalling_secret', 'rg.approval_until', KEY_FOR_PRESENT.as('encapsulated_key')])
    .where('rg.gateway', '=', registrationId)
    .where('r.ended_at', 'is', null)
    .orderBy('r.started_at')
    .execute();
}

async function configurationWith(
  context: Context,
  reader: Reader,
  registrationId: string,
  runs: readonly Run[],
): Promise<GatewayConfiguration | null> {
  const gateway = await reader
    .selectFrom('gateways')
    .select(['tunnel_address', 'report', 'admission'])
    .where('registration_id', '=', registrationId)
    .executeTakeFirst();
  if (gateway === undefined || gateway.admission === 'waiting') return null;
  const gatewayKey = gateway.report?.wireguardPublicKey;
  const { organisation } = context.configuration;
  const released = await releasedIn(
    reader,
    runs.map((run) => run.session_id),
  );
  const sessions: Record<string, GatewaySession> = {};
  for (const run of runs) {
    if (run.client_public_key === null || run.client_address === null) continue;
    if (run.encapsulated_key === null || gatewayKey === undefined) continue;
    // Whose plant has not been asked yet is told nothing: it would let the client in.
    if (run.plant_approval && run.approval_until === null) continue;
    sessions[run.session_id] = {
      name: run.name,
      user: run.user,
      clientPublicKey: run.client_public_key,
      encapsulatedKey: run.encapsulated_key,
      clientAddress: run.client_address,
      ...whitelistOf(released, run.session_id, registrationId),
      startedAt: run.started_at,
      expiresAt: run.expires_at,
      relayToken: await signRelayToken(context.relayTokenPrivateKey, {
        bearer: gatewayKey,
        peers: [run.client_public_key],
        sessionId: run.session_id,
        expiresAt: run.expires_at,
      }),
      signallingSecret: run.signalling_secret,
      ...(run.plant_approval && run.approval_until !== null
        ? {
            approval: {
              email: run.email,
              ...(organisation === undefined ? {} : { organisation }),
              reason: run.reason,
              until: run.approval_until,
            },
          }
        : {}),
    };
  }
  return { tunnelAddress: gateway.tunnel_address, ...endpointsOf(context), sessions };
}

/**
 * What the client of a run is told.
 * @returns null when the run has no client, or none of its gateways is known well enough
 */
export async function clientConfigurationOf(
  context: Context,
  reader: Reader,
  runId: string,
  eventToken: string,
): Promise<ClientConfiguration | null> {
  const run = await reader
    .selectFrom('session_runs as r')
    .innerJoin('sessions as s', 's.id', 'r.session_id')
    .select(['s.id', 's.name', 'r.expires_at', 'r.client_address', 'r.client_public_key'])
    .where('r.id', '=', runId)
    .executeTakeFirst();
  if (run === undefined || run.client_address === null || run.client_public_key === null) return null;
  const rows = await reader
    .selectFrom('run_gateways as rg')
    .innerJoin('gateways as g', 'g.registration_id', 'rg.gateway')
    .select(['g.registration_id', 'g.name', 'g.tunnel_address', 'g.report', 'rg.signalling_secret'])
    .where('rg.run_id', '=', runId)
    .orderBy('g.registration_id')
    .execute();
  const released = await releasedIn(reader, [run.id]);
  const gateways: ClientGateway[] = [];
  for (const row of rows) {
    if (row.report === null) continue;
    gateways.push({
      registrationId: row.registration_id,
      name: row.name,
      publicKey: row.report.wireguardPublicKey,
      encapsulationKey: row.report.encapsulationKey,
      tunnelAddress: row.tunnel_address,
      ...whitelistOf(released, run.id, row.registration_id),
      signallingSecret: row.signalling_secret,
    });
  }
  if (gateways.length === 0) return null;
  return {
    session: { id: run.id, name: run.name, expiresAt: run.expires_at },
    address: run.client_address,
    gateways,
    ...endpointsOf(context),
    relayToken: await signRelayToken(context.relayTokenPrivateKey, {
      bearer: run.client_public_key,
      peers: [...new Set(gateways.map(({ publicKey }) => publicKey))],
      sessionId: run.id,
      expiresAt: run.expires_at,
    }),
    eventToken,
  };
}

type Released = Awaited<ReturnType<typeof releasedIn>>;

/** What these sessions release, with the address that a device is mapped to, if any. */
async function releasedIn(reader: Reader, sessionIds: readonly string[]) {
  if (sessionIds.length === 0) return [];
  return reader
    .selectFrom('session_releases as r')
    .leftJoin('devices as d', (join) => join.onRef('d.gateway', '=', 'r.gateway').onRef('d.address', '=', 'r.address'))
    .select(['r.session_id', 'r.gateway', 'r.address', 'r.protocol', 'r.port', 'd.mapped_address as mapped'])
    .where('r.session_id', 'in', sessionIds)
    .orderBy('r.position')
    .execute();
}

function whitelistOf(
  released: Released,
  sessionId: string,
  gateway: string,
): Pick<GatewaySession, 'released' | 'translations'> {
  const rows = released.filter((row) => row.session_id === sessionId && row.gateway === gateway);
  // An address may be released for several ports.
  const mapped = new Map(rows.flatMap((row) => (row.mapped === null ? [] : [[row.address, row.mapped]])));
  const translations = [...mapped].map(([address, to]): AddressTranslation => ({ address, mapped: to }));
  return { released: rows.map(targetOf), ...(translations.length === 0 ? {} : { translations }) };
}

export function targetOf(row: {
  readonly address: string;
  readonly protocol: 'tcp' | 'udp' | null;
  readonly port: number | null;
}): ReleasedAddress {
  return {
    address: row.address,
    ...(row.protocol === null ? {} : { protocol: row.protocol }),
    ...(row.port === null ? {} : { port: row.port }),
  };
}

function endpointsOf({ configuration }: Context): Endpoints {
  return { relays: configuration.relays.map(told), stunServers: configuration.stunServers.map(told) };
}

/** Without what only this computer needs to know. */
function told({ name, region, host, port }: RelayEndpoint): RelayEndpoint {
  return { name, region, host, port };
}
