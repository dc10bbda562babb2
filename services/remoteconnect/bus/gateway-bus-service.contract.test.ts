import { GATEWAY_BUS, type GatewayStatus, gatewayStatus } from '@edgegateway/protocol/gateway-bus';
import { Message, type MessageBus } from '@jellybrick/dbus-next';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { key, SESSION_ID } from '../testing/desired.ts';
import { PrivateBus } from '../testing/private-bus.ts';
import { type BusConnection, connectToBus, ownName } from './bus-connection.ts';
import { GatewayBusService } from './gateway-bus-service.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

let bus: PrivateBus;
let lifetime: AbortController;
let clients: BusConnection[] = [];
let runs: Promise<void>[] = [];
let status: GatewayStatus | null;
let ended: (readonly string[])[] = [];
let problems: string[] = [];
let decided: (readonly string[])[] = [];

beforeEach(async () => {
  bus = await PrivateBus.open();
  lifetime = new AbortController();
  clients = [];
  runs = [];
  ended = [];
  problems = [];
  decided = [];
  status = {
    version: '1',
    registrationId: 'gateway-1',
    cloud: { state: 'connecting' },
    until: null,
    connections: [],
  };
});

afterEach(async () => {
  lifetime.abort(new Error('the test is over'));
  for (const connection of clients) connection.close();
  await Promise.all(runs);
  await bus.close();
});

async function serve(address = bus.address): Promise<GatewayBusService> {
  const service = new GatewayBusService({
    address,
    log: { info: () => undefined, warn: () => undefined, error: (fields) => problems.push(String(fields['code'])) },
    status: () => {
      if (status === null) throw new ServiceError('identity-incomplete');
      return status;
    },
    endSession: (sessionId, by) => {
      ended.push([sessionId, by]);
      return Promise.resolve(sessionId === SESSION_ID);
    },
    approve: (...asked) => {
      decided.push(['approve', ...asked]);
      return Promise.resolve(asked[0] === SESSION_ID);
    },
    refuse: (...asked) => {
      decided.push(['refuse', ...asked]);
      return Promise.resolve(asked[0] === SESSION_ID);
    },
  });
  await new Promise<void>((tried) => {
    runs.push(service.run(lifetime.signal, tried));
  });
  return service;
}

async function client(): Promise<MessageBus> {
  const connection = await connectToBus(bus.address, lifetime.signal);
  clients.push(connection);
  return connection.bus;
}

async function call(from: MessageBus, member: string, signature = '', body: unknown[] = []): Promise<unknown> {
  const reply = await from.call(
    new Message({
      destination: GATEWAY_BUS.name,
      path: GATEWAY_BUS.path,
      interface: GATEWAY_BUS.interface,
      member,
      signature,
      body,
    }),
  );
  return reply?.body[0];
}

async function statusOver(from: MessageBus): Promise<GatewayStatus> {
  return gatewayStatus.parse(JSON.parse(String(await call(from, 'GetStatus'))));
}

describe('org.edgegateway.RemoteConnect1', () => {
  it('gives the status', async () => {
    await serve();
    expect(await statusOver(await client())).toEqual(status);
  });

  it('says why there is no status yet', async () => {
    status = null;
    await serve();
    await expect(statusOver(await client())).rejects.toThrow('no complete identity');
  });

  it('signals changes of the status, and nothing while it stays the same', async () => {
    const service = await serve();
    const listener = await client();
    const heard: GatewayStatus[] = [];
    listener.on('message', (message) => {
      if (message.member === 'StatusChanged') heard.push(gatewayStatus.parse(JSON.parse(String(message.body[0]))));
    });
    await listener.call(
      new Message({
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'AddMatch',
        signature: 's',
        body: [`type='signal',interface='${GATEWAY_BUS.interface}'`],
      }),
    );
    service.publish();
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENCE);
    service.publish();
    if (status !== null) status = { ...status, until: '2026-06-01T09:00:00.000Z' };
    service.publish();
    await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 10_000 });
    expect(heard.map((entry) => entry.until)).toEqual([null, '2026-06-01T09:00:00.000Z']);
  });

  it('ends a session for the plant (G4)', async () => {
    await serve();
    await call(await client(), 'EndSession', 'ss', [SESSION_ID, 'plant operator']);
    expect(ended).toEqual([[SESSION_ID, 'plant operator']]);
  });

  it('refuses to end a session that does not run', async () => {
    await serve();
    const other = '5f0c7d6e-3f63-4c2a-9d55-0d6f6c7c1aff';
    await expect(call(await client(), 'EndSession', 'ss', [other, 'plant operator'])).rejects.toThrow(
      'No such session',
    );
  });

  it.each([
    ['ss', ['no session id', 'plant operator']],
    ['ss', [SESSION_ID, 'two\nlines']],
    ['s', [SESSION_ID]],
    ['u', [7]],
  ])('refuses arguments that are not those of EndSession: %s %j', async (signature, body) => {
    await serve();
    await expect(call(await client(), 'EndSession', signature, body)).rejects.toThrow(/argument/);
    expect(ended).toEqual([]);
  });

  it('approves and refuses for the plant, for one client (P3)', async () => {
    await serve();
    const plant = await client();
    await call(plant, 'Approve', 'sss', [SESSION_ID, key(1), 'shift lead']);
    await call(plant, 'Refuse', 'ssss', [SESSION_ID, key(1), 'shift lead', 'not today']);
    expect(decided).toEqual([
      ['approve', SESSION_ID, key(1), 'shift lead'],
      ['refuse', SESSION_ID, key(1), 'shift lead', 'not today'],
    ]);
  });

  it('tells when no session waits for the approval of this client', async () => {
    await serve();
    const other = '5f0c7d6e-3f63-4c2a-9d55-0d6f6c7c1aff';
    await expect(call(await client(), 'Approve', 'sss', [other, key(1), 'shift lead'])).rejects.toThrow('waits');
  });

  it.each([
    ['Approve', 'sss', ['no session id', key(1), 'shift lead']],
    ['Approve', 'sss', [SESSION_ID, 'no key', 'shift lead']],
    ['Approve', 'ss', [SESSION_ID, key(1)]],
    ['Refuse', 'ssss', [SESSION_ID, key(1), 'shift lead', 'x'.repeat(201)]],
  ])('refuses arguments that are not those of %s: %s %j', async (member, signature, body) => {
    await serve();
    await expect(call(await client(), member, signature, body)).rejects.toThrow(/argument/);
    expect(decided).toEqual([]);
  });

  it('knows no other method', async () => {
    await serve();
    await expect(call(await client(), 'StartSession')).rejects.toThrow('does not exist');
  });

  it('comes back by itself when the bus was gone', async () => {
    await serve();
    await bus.stop();
    await vi.waitFor(() => expect(problems).toContain('bus-unavailable'), { timeout: 10_000 });
    await bus.start();
    const again = await client();
    await vi.waitFor(async () => expect(await statusOver(again)).toEqual(status), { timeout: 20_000 });
  });

  it('tells when another program owns its name, and takes it once it is free', async () => {
    const thief = await connectToBus(bus.address, lifetime.signal);
    await ownName(thief.bus, GATEWAY_BUS.name, lifetime.signal);
    await serve();
    expect(problems).toEqual(['bus-name-taken']);
    thief.close();
    const caller = await client();
    await vi.waitFor(async () => expect(await statusOver(caller)).toEqual(status), { timeout: 20_000 });
  });

  it('tells when the bus denies it its name', async () => {
    const strict = await PrivateBus.open({ mayOwn: false });
    try {
      await serve(strict.address);
      expect(problems).toEqual(['bus-unavailable']);
    } finally {
      lifetime.abort(new Error('the test is over'));
      await Promise.all(runs);
      await strict.close();
    }
  });
});
