/** The life of a session, over HTTP, the event channel and the hub (C3-C7, C9). */
import { once } from 'node:events';
import {
  CLIENT_EVENTS_PATH,
  type CloudToClient,
  cloudToClient,
  parseClientLink,
} from '@edgegateway/protocol/client-api';
import { gatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import { jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { openTestStore } from '../store/testing.ts';
import type { AuditEntry, Session, User } from './contract.ts';
import { keysFor, newReport, newWireguardKey, ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

const ADMINISTRATOR = 'admin@example.test';
const TECHNICIAN = 'tina@example.test';
const GATEWAYS = ['gw-1', 'gw-2'] as const;

let cloud: TestCloud;
let technician: User;
let session: Session;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  technician = await cloud.addPerson(ADMINISTRATOR, TECHNICIAN, 'remoteconnect-user');
  for (const gateway of GATEWAYS) await cloud.addGateway(ADMINISTRATOR, gateway);
}, 60_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  cloud.ahead = 0;
  for (const gateway of GATEWAYS) await cloud.switchOn(gateway);
  session = await cloud.addSession(ADMINISTRATOR, ['gw-1'], [technician]);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/end`);
});

async function start(): Promise<string> {
  const { body } = await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/start`);
  return ticketOf(body.link);
}

async function view(): Promise<Session> {
  return (await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${session.id}`)).body;
}

async function actions(): Promise<string[]> {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${session.id}/audit`);
  return body.map(({ action }: AuditEntry) => action);
}

async function channel(eventToken: string): Promise<{ socket: WebSocket; received: CloudToClient[] }> {
  const received: CloudToClient[] = [];
  const socket = await cloud.app.injectWS(
    CLIENT_EVENTS_PATH,
    { headers: { authorization: `Bearer ${eventToken}` } },
    {
      onInit: (ws) =>
        ws.on('message', (data: Buffer) => received.push(cloudToClient.parse(JSON.parse(data.toString())))),
    },
  );
  sockets.push(socket);
  await vi.waitFor(() => expect(received[0]?.type).toBe('configuration'), PATIENCE);
  return { socket, received };
}

test('C9: a start gives a link with the cloud and a ticket, and the session is starting', async () => {
  const { status, body } = await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/start`);
  expect(status).toBe(200);
  expect(parseClientLink(body.link)?.cloud).toBe('cloud.example');
  expect(body.session.state).toBe('starting');
});

test('C4: only a session with a client stands at its gateway, with everything that it needs', async () => {
  const ticket = await start();
  expect(cloud.hub.desired.get('gw-1')?.sessions).toEqual({});
  const publicKey = newWireguardKey();
  const { status, body } = await cloud.join(ticket, publicKey);
  expect(status).toBe(200);
  const desired = gatewayConfiguration.parse(cloud.hub.desired.get('gw-1'));
  const atGateway = desired.sessions[session.id];
  expect(atGateway).toMatchObject({
    user: technician.name,
    clientPublicKey: publicKey,
    encapsulatedKey: keysFor(body)[0]?.encapsulatedKey,
    clientAddress: body.address,
    released: [{ address: '192.168.250.10' }],
    signallingSecret: body.gateways[0].signallingSecret,
    expiresAt: body.session.expiresAt,
  });
  expect(body.gateways[0].tunnelAddress).toBe(desired.tunnelAddress);
  expect(body.address).not.toBe(desired.tunnelAddress);
  expect(Object.keys(cloud.hub.desired.get('gw-2')?.sessions ?? {})).not.toContain(session.id);
});

test('T4: the tokens of both ends name exactly each other', async () => {
  const publicKey = newWireguardKey();
  const { body } = await cloud.join(await start(), publicKey);
  const gatewayToken = cloud.hub.desired.get('gw-1')?.sessions[session.id]?.relayToken ?? '';
  const options = { audience: 'remoteconnect-relay' };
  const client = (await jwtVerify(body.relayToken, cloud.relayKey.publicKey, options)).payload;
  const gateway = (await jwtVerify(gatewayToken, cloud.relayKey.publicKey, options)).payload;
  expect(client).toMatchObject({ sub: publicKey, peers: [body.gateways[0].publicKey], sid: session.id });
  expect(gateway).toMatchObject({ sub: body.gateways[0].publicKey, peers: [publicKey], sid: session.id });
});

test('a ticket works once', async () => {
  const ticket = await start();
  expect((await cloud.redeem(ticket)).status).toBe(200);
  const again = await cloud.redeem(ticket);
  expect([again.status, again.body.code]).toEqual([403, 'ticket-used']);
  expect(await actions()).toContain('ticket-refused');
});

test('a ticket is worth nothing after 60 seconds, and the start lapses', async () => {
  const ticket = await start();
  cloud.ahead = 60_000;
  expect((await cloud.redeem(ticket)).body.code).toBe('ticket-invalid');
  await cloud.restart();
  expect(await view()).toMatchObject({ state: 'ended', stateReason: 'The client was not opened within 60 seconds.' });
});

test('a second start takes the place of one whose client was never opened', async () => {
  const former = await start();
  const ticket = await start();
  expect((await cloud.redeem(former)).body.code).toBe('ticket-invalid');
  expect((await cloud.redeem(ticket)).status).toBe(200);
});

test('C5: every missing precondition is told with its gateway', async () => {
  session = await cloud.addSession(ADMINISTRATOR, ['gw-1', 'gw-2'], [technician]);
  cloud.hub.connected.delete('gw-1');
  await cloud.listener.reported('gw-2', newReport({ remoteConnect: 'off' }));
  const { status, body } = await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/start`);
  expect(status).toBe(409);
  expect(body.missing).toMatchObject([
    { precondition: 'gateway-offline', gateway: 'gw-1' },
    { precondition: 'remoteconnect-off', gateway: 'gw-2' },
  ]);
});

test('C5: a session that runs cannot be started again', async () => {
  await cloud.redeem(await start());
  const { body } = await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/start`);
  expect(body.missing).toMatchObject([{ precondition: 'already-running' }]);
});

test('C6: a running session follows a change without reconnecting', async () => {
  const redeemed = await cloud.join(await start());
  const { socket, received } = await channel(redeemed.body.eventToken);
  const released = [
    { gateway: 'gw-1', target: { address: '192.168.250.10' } },
    { gateway: 'gw-2', target: { address: '192.168.250.77', protocol: 'tcp', port: 502 } },
  ];
  await cloud.call(ADMINISTRATOR, 'PUT', `/api/sessions/${session.id}/released`, { released });
  await vi.waitFor(() => expect(received.length).toBe(2), PATIENCE);
  const [, told] = received;
  if (told?.type !== 'configuration') throw new Error('no configuration');
  expect(told.configuration.gateways).toMatchObject([{}, { registrationId: 'gw-2' }]);
  const atAdded = () => cloud.hub.desired.get('gw-2')?.sessions[session.id];
  expect(atAdded()).toBeUndefined();
  socket.send(JSON.stringify({ type: 'encapsulated-keys', keys: keysFor(told.configuration) }));
  await vi.waitFor(() => expect(atAdded()?.released).toEqual([released[1]?.target]), PATIENCE);
  await cloud.call(ADMINISTRATOR, 'PUT', `/api/sessions/${session.id}/released`, { released: released.slice(1) });
  expect(cloud.hub.desired.get('gw-1')?.sessions).not.toHaveProperty(session.id);
  expect(socket.readyState).toBe(socket.OPEN);
});

test('C4: a session is active once the client tells of a connected peer, and shows it', async () => {
  const redeemed = await cloud.redeem(await start());
  const { socket } = await channel(redeemed.body.eventToken);
  const peer = {
    registrationId: 'gw-1',
    state: 'connected',
    path: 'relay',
    lastHandshakeAt: null,
    receivedBytes: 1,
    sentBytes: 2,
  };
  socket.send(JSON.stringify({ type: 'status', peers: [peer] }));
  await vi.waitFor(async () => expect((await view()).state).toBe('active'), PATIENCE);
  // A client of before tells neither relay nor round trip nor size of packets, nor why a relay carries.
  const peers = [{ ...peer, relayReason: null, relay: null, roundTripMilliseconds: null, mtu: null }];
  expect((await view()).progress).toMatchObject({ computer: 'laptop', peers });
  const told = { ...peer, path: 'direct', relay: 'relay0.c-us', roundTripMilliseconds: 12.5, mtu: 1200 };
  socket.send(JSON.stringify({ type: 'status', peers: [told] }));
  await vi.waitFor(
    async () => expect((await view()).progress?.peers).toEqual([{ ...told, relayReason: null }]),
    PATIENCE,
  );
  const relayed = { ...told, path: 'relay', relayReason: 'udp-blocked-client', roundTripMilliseconds: null };
  socket.send(JSON.stringify({ type: 'status', peers: [relayed] }));
  await vi.waitFor(async () => expect((await view()).progress?.peers).toEqual([relayed]), PATIENCE);
});

test('an end tells the client, and the gateway no longer has the session', async () => {
  const redeemed = await cloud.join(await start());
  const { socket, received } = await channel(redeemed.body.eventToken);
  const closed = once(socket, 'close');
  expect((await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/end`)).body.state).toBe('ended');
  await closed;
  expect(received.at(-1)).toEqual({ type: 'ended', reason: `Ended by ${technician.name}.` });
  expect(cloud.hub.desired.get('gw-1')?.sessions).toEqual({});
  await expect(channel(redeemed.body.eventToken)).rejects.toThrow('401');
});

test('a user who leaves at the client ends the session', async () => {
  const redeemed = await cloud.redeem(await start());
  const { socket } = await channel(redeemed.body.eventToken);
  socket.send(JSON.stringify({ type: 'leave' }));
  await vi.waitFor(async () => expect((await view()).state).toBe('ended'), PATIENCE);
});

test('G4: a plant that switches remoteConnect off ends its sessions', async () => {
  const redeemed = await cloud.redeem(await start());
  const { received } = await channel(redeemed.body.eventToken);
  await cloud.listener.reported('gw-1', newReport({ remoteConnect: 'off' }));
  expect(await view()).toMatchObject({
    state: 'ended',
    stateReason: 'Ended by the plant: remoteConnect was switched off.',
  });
  await vi.waitFor(() => expect(received.at(-1)?.type).toBe('ended'), PATIENCE);
});

test('G4: a plant that switched off and on again, and could tell neither, has ended its sessions', async () => {
  await cloud.redeem(await start());
  await cloud.listener.reported('gw-1', newReport({ switchOnId: '3d6cf3a4-9d6c-4b0f-8f0a-2f9c1c1e0a02' }));
  expect(await view()).toMatchObject({
    state: 'ended',
    stateReason: 'Ended by the plant: remoteConnect was switched off.',
  });
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?gateway=gw-1');
  expect(body.slice(0, 2).map(({ action }: AuditEntry) => action)).toEqual(['remoteconnect-on', 'remoteconnect-off']);
  await cloud.redeem(await start());
  expect((await view()).state).toBe('starting');
});

test('T5: a session outlives the loss of its gateway', async () => {
  await cloud.redeem(await start());
  cloud.hub.connected.delete('gw-1');
  await cloud.listener.connectionChanged('gw-1', false, cloud.now().toISOString());
  expect((await view()).state).toBe('starting');
});

test('a session whose time is over expires, also while the cloud was down', async () => {
  await cloud.join(await start());
  cloud.ahead = 61 * 60_000;
  await cloud.restart();
  expect(cloud.hub.desired.get('gw-1')?.sessions).toEqual({});
  cloud.ahead = 0;
  expect((await view()).state).toBe('expired');
});

test('after a restart the gateways are told the same, and the client comes back with its token', async () => {
  const redeemed = await cloud.join(await start());
  const before = structuredClone(cloud.hub.desired.get('gw-1'));
  await cloud.restart();
  expect(cloud.hub.desired.get('gw-1')).toEqual(before);
  const { received } = await channel(redeemed.body.eventToken);
  expect(received[0]).toEqual({ type: 'configuration', configuration: redeemed.body });
});

test('events of gateway and client arrive once, however often they are sent, across a restart too', async () => {
  const redeemed = await cloud.redeem(await start());
  const log = crypto.randomUUID();
  const event = (sequence: number) => ({
    log,
    sequence,
    at: cloud.now().toISOString(),
    detail: { kind: 'tunnel-lost', sessionId: session.id, reason: `${sequence}` },
  });
  await cloud.listener.telemetry('gw-1', { events: [event(1), event(2)] });
  await cloud.restart();
  await cloud.listener.telemetry('gw-1', { events: [event(1), event(2), event(3)] });
  await expect(cloud.listener.telemetry('gw-1', { events: [event(5)] })).rejects.toThrow('event 4');
  const { socket, received } = await channel(redeemed.body.eventToken);
  const batch = JSON.stringify({ type: 'events', batch: { events: [event(1)] } });
  socket.send(batch);
  socket.send(batch);
  await vi.waitFor(() => expect(received.filter(({ type }) => type === 'acknowledged')).toHaveLength(2), PATIENCE);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${session.id}/audit`);
  const lost = body
    .filter(({ action }: AuditEntry) => action === 'tunnel-lost')
    .map(({ actor, details }: AuditEntry) => [actor, details['sequence']]);
  expect(lost).toEqual([
    ['client laptop', 1],
    ['gateway gw-1', 3],
    ['gateway gw-1', 2],
    ['gateway gw-1', 1],
  ]);
});

test('two sessions have two addresses', async () => {
  const first = await cloud.redeem(await start());
  const other = await cloud.addSession(ADMINISTRATOR, ['gw-2'], [technician]);
  const { body } = await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${other.id}/start`);
  const second = await cloud.redeem(ticketOf(body.link));
  expect(second.body.address).not.toBe(first.body.address);
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${other.id}/end`);
});

test('C7: the log of a session tells who did what', async () => {
  await cloud.redeem(await start());
  await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/end`);
  expect(await actions()).toEqual(['session-ended', 'ticket-redeemed', 'session-started', 'session-created']);
});

test('K14: the same address behind two gateways is refused before the start', async () => {
  const released = GATEWAYS.map((gateway) => ({ gateway, target: { address: '10.0.0.1' } }));
  const { body } = await cloud.call(ADMINISTRATOR, 'PUT', `/api/sessions/${session.id}/released`, { released });
  expect(body.code).toBe('same-address-twice');
});
