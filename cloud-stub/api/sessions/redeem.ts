/** A client turns its ticket into a place in the session (protocol/client-api.ts). */
import type { ClientConfiguration, RedeemRequest } from '@edgegateway/protocol/client-api';
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { Context } from '../context.ts';
import { Problem } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import { askPlants } from './approvals.ts';
import { clientConfigurationOf, requireRoom } from './configurations.ts';
import type { Deadlines } from './deadlines.ts';
import { occupiedAround } from './occupied-addresses.ts';
import { freeTunnelAddress } from './tunnel-addresses.ts';

export interface RedeemParts {
  readonly context: Context;
  readonly deadlines: Deadlines;
}

/** @throws Problem ticket-invalid, ticket-used, key-in-use, addresses-exhausted, gateway-full; the ticket stays good for the last two */
export async function redeemTicket(
  parts: RedeemParts,
  asked: RedeemRequest,
  origin: string | null,
): Promise<ClientConfiguration> {
  const { context, deadlines } = parts;
  const eventToken = randomToken();
  const now = context.now();
  const at = now.toISOString();
  const actor = `client ${asked.client.computer}`;
  const redeemed = await context.store.write(async (writer) => {
    const ticket = await takeTicket(writer, asked.ticket, at);
    // Returned, not thrown: what was written about it stays.
    if (ticket === null) return refuse(writer, asked, { at, actor, origin });
    await requireFreshKey(writer, asked.publicKey);
    await writer
      .updateTable('session_runs')
      .set({
        ticket_redeemed_at: at,
        computer: asked.client.computer,
        client_public_key: asked.publicKey,
        client_address: await freeClientAddress(context, writer, ticket.runId, asked.occupied ?? []),
        event_token_hash: hashSecret(eventToken),
      })
      .where('id', '=', ticket.runId)
      .execute();
    const session = await writer
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', ticket.sessionId)
      .executeTakeFirstOrThrow();
    const gateways = await writer
      .selectFrom('run_gateways')
      .select('gateway')
      .where('run_id', '=', ticket.runId)
      .execute();
    const ids = gateways.map(({ gateway }) => gateway);
    const { version, platform, computer } = asked.client;
    const details = { user: ticket.user, version, platform, computer, clientPublicKey: asked.publicKey };
    await appendAudit(writer, { at, actor, origin, action: 'ticket-redeemed', sessionId: ticket.sessionId, details });
    await askPlants(writer, session, ticket.runId, now);
    await requireRoom(context, writer, ids);
    const configuration = await clientConfigurationOf(context, writer, ticket.runId, eventToken);
    if (configuration === null) throw new Problem('ticket-invalid');
    return { configuration, sessionId: ticket.sessionId };
  });
  if (redeemed instanceof Problem) throw redeemed;
  await deadlines.arm();
  context.changes.tell({ topic: 'sessions', id: redeemed.sessionId });
  return redeemed.configuration;
}

interface TakenTicket {
  readonly runId: string;
  readonly sessionId: string;
  readonly user: string;
}

/** Good once, before its time and that of its run are over, for a user who may still log in. */
async function takeTicket(writer: Writer, ticket: string, at: string): Promise<TakenTicket | null> {
  const taken = await writer
    .updateTable('tickets as t')
    .from('session_runs as r')
    .from('users as u')
    .set({ redeemed_at: at })
    .whereRef('r.id', '=', 't.run_id')
    .whereRef('u.id', '=', 't.user_id')
    .where('t.ticket_hash', '=', hashSecret(ticket))
    .where('t.redeemed_at', 'is', null)
    .where('t.expires_at', '>', at)
    .where('r.ended_at', 'is', null)
    .where('r.expires_at', '>', at)
    .where('u.removed_at', 'is', null)
    .where('u.state', '=', 'active')
    .returning(['r.id as runId', 'r.session_id as sessionId', 'u.email as user'])
    .executeTakeFirst();
  return taken ?? null;
}

/**
 * Only tickets that this cloud once issued are worth an entry: anyone can send anything here. Whoever shows one that was
 * used is told by which computer and when: a link that a colleague has opened, or the same one clicked twice.
 */
async function refuse(
  writer: Writer,
  asked: RedeemRequest,
  who: { readonly at: string; readonly actor: string; readonly origin: string | null },
): Promise<Problem> {
  const known = await writer
    .selectFrom('tickets as t')
    .innerJoin('session_runs as r', 'r.id', 't.run_id')
    .select(['r.session_id', 'r.computer', 't.redeemed_at'])
    .where('t.ticket_hash', '=', hashSecret(asked.ticket))
    .executeTakeFirst();
  if (known === undefined) return new Problem('ticket-invalid');
  const { computer, redeemed_at: openedAt } = known;
  const details = { reason: openedAt === null ? 'expired' : 'used before' };
  await appendAudit(writer, { ...who, action: 'ticket-refused', sessionId: known.session_id, details });
  if (openedAt === null) return new Problem('ticket-invalid');
  const time = `${openedAt.slice(0, 16).replace('T', ' ')} UTC`;
  return new Problem('ticket-used', { detail: `It was already opened on ${computer ?? 'a computer'} at ${time}.` });
}

async function requireFreshKey(writer: Writer, publicKey: string): Promise<void> {
  const client = await writer
    .selectFrom('session_runs')
    .select('id')
    .where('client_public_key', '=', publicKey)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  const reports = await writer.selectFrom('gateways').select('report').execute();
  if (client !== undefined || reports.some(({ report }) => report?.wireguardPublicKey === publicKey))
    throw new Problem('key-in-use');
}

/** That means nothing else yet around the client, or around a gateway of the run. */
async function freeClientAddress(
  { configuration }: Context,
  writer: Writer,
  runId: string,
  occupied: readonly string[],
): Promise<string> {
  const gateways = await writer
    .selectFrom('run_gateways as rg')
    .innerJoin('gateways as g', 'g.registration_id', 'rg.gateway')
    .select('g.report')
    .where('rg.run_id', '=', runId)
    .execute();
  const rows = await writer.selectFrom('session_runs').select('client_address').where('ended_at', 'is', null).execute();
  const address = freeTunnelAddress('client', {
    network: configuration.tunnelNetwork,
    taken: new Set(rows.flatMap((row) => row.client_address ?? [])),
    occupied: [...occupied, ...gateways.flatMap(({ report }) => occupiedAround(report))],
  });
  if (address === null) throw new Problem('addresses-exhausted');
  return address;
}
