/** When a session may run, what its plant says, and how it is edited, over HTTP and the hub (C3-C5, P3). */
import { gatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { ALWAYS, type StartCheck, startChecks, type Validity, WEEKDAYS } from './contract/session-rules.ts';
import type { AuditEntry, NewSession, Session, User } from './contract.ts';
import { copyName } from './sessions/edit-session.ts';
import { nextDue } from './sessions/session-sweep.ts';
import { newReport, newWireguardKey, ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

const ADMINISTRATOR = 'admin@example.test';
const TECHNICIAN = 'tina@example.test';
const MINUTE = 60_000;
/** Less than what ends an idle login. */
const SOON = 15 * MINUTE;

let cloud: TestCloud;
let technician: User;
let session: Session;

/** The same at every report, as a gateway keeps it. */
const { encapsulationKey } = newReport();

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  technician = await cloud.addPerson(ADMINISTRATOR, TECHNICIAN, 'remoteconnect-user');
  for (const gateway of ['gw-1', 'gw-2']) await cloud.addGateway(ADMINISTRATOR, gateway);
}, 60_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  cloud.ahead = 0;
  for (const gateway of ['gw-1', 'gw-2']) await cloud.switchOn(gateway, { encapsulationKey });
});
afterEach(async () => {
  cloud.ahead = 0;
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/end`);
  expect(cloud.errors).toEqual([]);
});

async function prepare(rules: Partial<NewSession> = {}, gateways: readonly string[] = ['gw-1']): Promise<void> {
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', {
    name: 'Press fault',
    description: '',
    reason: 'Ticket 4711',
    released: gateways.map((gateway, at) => ({ gateway, target: { address: `192.168.250.${10 + at}` } })),
    users: [technician.id],
    maximumMinutes: 60,
    ...rules,
  });
  session = body;
}

const path = (rest = '') => `/api/sessions/${session.id}${rest}`;
const clock = (moment: number) => new Date(moment).toISOString().slice(11, 16);
const checks = async (): Promise<StartCheck[]> =>
  startChecks.parse((await cloud.call(TECHNICIAN, 'GET', path('/preconditions'))).body).checks;
const unmet = async () => (await checks()).flatMap(({ missing }) => missing?.precondition ?? []);
const join = async () => cloud.join(ticketOf((await start()).body.link));
const start = () => cloud.call(TECHNICIAN, 'POST', path('/start'));
const view = async (): Promise<Session> => (await cloud.call(ADMINISTRATOR, 'GET', path())).body;
const actions = async (): Promise<string[]> =>
  (await cloud.call(ADMINISTRATOR, 'GET', path('/audit'))).body.map(({ action }: AuditEntry) => action);
const inTime = (milliseconds: number) => new Date(cloud.now().getTime() + milliseconds).toISOString();
const within = (from: number | null, to: number | null): Validity => ({
  ...ALWAYS,
  from: from === null ? null : inTime(from),
  to: to === null ? null : inTime(to),
});
const edit = (changes: object = {}) =>
  cloud.call(ADMINISTRATOR, 'PUT', path(), {
    name: session.name,
    description: '',
    reason: '',
    users: [technician.id],
    maximumMinutes: 60,
    validity: ALWAYS,
    plantApproval: false,
    ...changes,
  });

/** What the gateway says of the session, once the client is there. */
async function tell(gateway: string, state: 'waiting-for-approval' | 'refused' | 'prepared', more: object = {}) {
  const clientPublicKey = cloud.hub.desired.get(gateway)?.sessions[session.id]?.clientPublicKey ?? newWireguardKey();
  const standing = { state, since: '2000-01-01T00:00:00.000Z', clientPublicKey, ...more };
  await cloud.listener.reported(gateway, newReport({ encapsulationKey, sessions: { [session.id]: standing } }));
}

describe('C4: a start', () => {
  test('before its validity is refused, and told when it is possible', async () => {
    const validity = within(SOON, 2 * SOON);
    await prepare({ validity });
    const { status, body } = await start();
    expect(status).toBe(409);
    expect(body.missing).toMatchObject([{ precondition: 'outside-window', gateway: null, at: validity.from }]);
    expect(body.detail).toContain(validity.from);
    cloud.ahead = SOON;
    expect((await start()).status).toBe(200);
  });

  test('outside its weekly windows is refused; inside, the run ends with the window at the latest', async () => {
    // Whole minutes, as windows have them.
    const now = Math.ceil(cloud.now().getTime() / MINUTE) * MINUTE;
    const [opens, closes] = [now + 10 * MINUTE, now + 20 * MINUTE];
    await prepare({
      maximumMinutes: 600,
      validity: { ...ALWAYS, windows: [{ days: [...WEEKDAYS], from: clock(opens), to: clock(closes) }] },
    });
    expect((await start()).body.missing).toMatchObject([{ at: new Date(opens).toISOString() }]);
    cloud.ahead = 15 * MINUTE;
    const { body } = await start();
    const at = new Date(closes).toISOString();
    expect(body.session.expiresAt).toBe(at);
    await cloud.redeem(ticketOf(body.link));
    cloud.ahead = 25 * MINUTE;
    await cloud.restart();
    expect(await view()).toMatchObject({ state: 'expired', stateWhy: { code: 'window-over', at } });
  });

  test('runs no longer than its validity, and says so', async () => {
    const validity = within(null, SOON);
    await prepare({ validity });
    const { body } = await start();
    expect(body.session.expiresAt).toBe(validity.to);
    await cloud.redeem(ticketOf(body.link));
    cloud.ahead = SOON;
    await cloud.restart();
    expect(await view()).toMatchObject({ state: 'expired', stateWhy: { code: 'validity-over', at: validity.to } });
  });

  test('whose validity is over before its ticket ends with the validity, and opens no client after it', async () => {
    const validity = within(null, 20_000);
    await prepare({ validity });
    const { body } = await start();
    expect(await nextDue({ store: cloud.store })).toBe(validity.to);
    cloud.ahead = 30_000;
    const { status, body: refused } = await cloud.redeem(ticketOf(body.link));
    expect([status, refused.code]).toEqual([403, 'ticket-invalid']);
  });

  test('a prepared session past its validity is expired, and prepared again when it is given more time', async () => {
    await prepare({ validity: within(null, SOON) });
    expect((await view()).state).toBe('prepared');
    cloud.ahead = SOON;
    await cloud.restart();
    await cloud.switchOn('gw-1');
    expect(await view()).toMatchObject({ state: 'expired', stateWhy: { code: 'validity-over' } });
    expect(await actions()).toContain('session-expired');
    expect((await start()).body.missing).toMatchObject([{ precondition: 'outside-window', at: null }]);
    expect((await edit({ validity: within(null, SOON) })).body).toMatchObject({ state: 'prepared', stateReason: '' });
  });
});

describe('C5: the preconditions', () => {
  test('are told one by one, met or not, with when the plant switched off', async () => {
    await prepare({ plantApproval: true }, ['gw-1', 'gw-2']);
    const before = cloud.now().toISOString();
    await cloud.listener.reported('gw-2', newReport({ remoteConnect: 'off' }));
    expect((await checks()).map(({ check, gateway }) => [check, gateway])).toEqual([
      ['session', null],
      ['window', null],
      ['gateway', 'gw-1'],
      ['gateway', 'gw-2'],
      ['client', null],
      ['approval', null],
    ]);
    const off = (await checks()).find(({ gateway }) => gateway === 'gw-2')?.missing;
    expect(off?.precondition).toBe('remoteconnect-off');
    expect((off?.at ?? '') >= before).toBe(true);
  });

  test('a client that was never seen and a plant that is yet to be asked refuse no start', async () => {
    const { id } = await cloud.addPerson(ADMINISTRATOR, 'new@example.test', 'remoteconnect-user');
    await prepare({ plantApproval: true, users: [id] });
    const asked = await cloud.call('new@example.test', 'GET', path('/preconditions'));
    expect(
      startChecks.parse(asked.body).checks.flatMap(({ missing, blocking }) => (missing === null ? [] : [blocking])),
    ).toEqual([false, false]);
    const { status, body } = await cloud.call('new@example.test', 'POST', path('/start'));
    expect(status).toBe(200);
    await cloud.redeem(ticketOf(body.link));
    await cloud.call(ADMINISTRATOR, 'POST', path('/end'));
    const again = await cloud.call('new@example.test', 'GET', path('/preconditions'));
    expect(startChecks.parse(again.body).checks.find(({ check }) => check === 'client')?.missing).toBeNull();
  });

  test('name a gateway that was never seen', async () => {
    const certificate = await cloud.deviceCertificate('gw-silent');
    await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways', {
      registrationId: 'gw-silent',
      name: 'Silent',
      certificate,
    });
    await prepare({}, ['gw-silent']);
    expect(await unmet()).toContain('gateway-never-seen');
  });
});

describe('P3: a session that its plant has to approve', () => {
  test('waits once the client is there, and the gateway is told who asks for what', async () => {
    await prepare({ plantApproval: true });
    expect((await start()).body.session.state).toBe('starting');
    const { status } = await join();
    expect(status).toBe(200);
    expect(await view()).toMatchObject({
      state: 'waiting-for-approval',
      stateWhy: { code: 'waiting-for-approval' },
      progress: { approvals: { 'gw-1': null } },
    });
    const desired = gatewayConfiguration.parse(cloud.hub.desired.get('gw-1')).sessions[session.id];
    expect(desired).toMatchObject({
      user: technician.name,
      approval: { email: TECHNICIAN, reason: 'Ticket 4711' },
    });
  });

  test('goes on with a yes, and tells by whom', async () => {
    await prepare({ plantApproval: true });
    await join();
    await tell('gw-1', 'waiting-for-approval');
    expect((await view()).progress?.gateways['gw-1']).toBe('waiting-for-approval');
    await tell('gw-1', 'prepared', { decidedBy: 'shift lead' });
    expect(await view()).toMatchObject({
      state: 'starting',
      progress: { approvals: { 'gw-1': { by: 'shift lead' } } },
    });
    expect(await actions()).toContain('session-approved');
  });

  test('ends with a no, in the words of the plant', async () => {
    await prepare({ plantApproval: true });
    await join();
    await tell('gw-1', 'refused', { decidedBy: 'shift lead', reason: 'The line is running.' });
    expect(await view()).toMatchObject({
      state: 'ended',
      stateReason: 'Refused by the plant (shift lead): The line is running.',
      stateWhy: { code: 'approval-refused', gateway: 'gw-1', by: 'shift lead', words: 'The line is running.' },
    });
    expect(cloud.hub.desired.get('gw-1')?.sessions).toEqual({});
  });

  test('lapses after 10 minutes without an answer', async () => {
    await prepare({ plantApproval: true });
    await join();
    cloud.ahead = 8 * MINUTE;
    await cloud.restart();
    expect((await view()).state).toBe('waiting-for-approval');
    cloud.ahead = 10 * MINUTE;
    await cloud.restart();
    expect(await view()).toMatchObject({ state: 'ended', stateWhy: { code: 'approval-lapsed' } });
  });

  test('waits for every plant of it', async () => {
    await prepare({ plantApproval: true }, ['gw-1', 'gw-2']);
    await join();
    await tell('gw-2', 'prepared', { decidedBy: 'b' });
    expect((await view()).state).toBe('waiting-for-approval');
    await tell('gw-1', 'prepared', { decidedBy: 'a' });
    expect((await view()).state).toBe('starting');
  });

  test('goes on when the one gateway that was waited for is taken out of it', async () => {
    await prepare({ plantApproval: true }, ['gw-1', 'gw-2']);
    await join();
    await tell('gw-1', 'prepared', { decidedBy: 'a' });
    const released = [{ gateway: 'gw-1', target: { address: '192.168.250.10' } }];
    await cloud.call(ADMINISTRATOR, 'PUT', path('/released'), { released });
    expect((await view()).state).toBe('starting');
  });

  test('takes no word about another client for one about this', async () => {
    await prepare({ plantApproval: true });
    await join();
    for (const state of ['prepared', 'refused'] as const)
      await tell('gw-1', state, { decidedBy: 'shift lead', clientPublicKey: newWireguardKey() });
    expect((await view()).state).toBe('waiting-for-approval');
    expect((await view()).progress?.gateways['gw-1']).toBe('waiting');
  });

  test('is not active before the yes, whatever the client says', async () => {
    await prepare({ plantApproval: true });
    await join();
    await tell('gw-1', 'waiting-for-approval');
    const event = { kind: 'tunnel-connected', sessionId: session.id, path: 'relay' };
    const log = crypto.randomUUID();
    await cloud.listener.telemetry('gw-1', { events: [{ log, sequence: 1, at: inTime(0), detail: event }] });
    expect((await view()).state).toBe('waiting-for-approval');
  });

  test('asks the plant of a gateway that is added while it runs; its no ends nothing for the others', async () => {
    await prepare({ plantApproval: true });
    const { body: configuration } = await join();
    await tell('gw-1', 'prepared', { decidedBy: 'a' });
    const released = [
      { gateway: 'gw-1', target: { address: '192.168.250.10' } },
      { gateway: 'gw-2', target: { address: '192.168.250.77' } },
    ];
    await cloud.call(ADMINISTRATOR, 'PUT', path('/released'), { released });
    await cloud.handInKeys(configuration.eventToken);
    expect(cloud.hub.desired.get('gw-2')?.sessions[session.id]?.approval).toBeDefined();
    await tell('gw-2', 'refused', { decidedBy: 'b' });
    expect(await view()).toMatchObject({
      state: 'starting',
      progress: { gateways: { 'gw-1': 'prepared', 'gw-2': 'refused' } },
    });
  });

  test('asks nothing where no approval is wanted', async () => {
    await prepare();
    await join();
    expect(cloud.hub.desired.get('gw-1')?.sessions[session.id]).not.toHaveProperty('approval');
    expect(await view()).toMatchObject({ state: 'starting', progress: { approvals: {} } });
  });
});

describe('C3: editing', () => {
  test('changes everything but the devices, and is in the log', async () => {
    await prepare();
    const validity = within(null, SOON);
    const { body } = await edit({ name: 'Renamed', users: [], maximumMinutes: 15, validity, plantApproval: true });
    expect(body).toMatchObject({ name: 'Renamed', users: [], maximumMinutes: 15, validity, plantApproval: true });
    expect(body.released).toEqual(session.released);
    expect(await actions()).toContain('session-edited');
  });

  test('is refused while the session runs', async () => {
    await prepare();
    await start();
    expect((await edit()).body.code).toBe('session-running');
  });

  test('a copy has the same devices, users and rules, and is prepared', async () => {
    await prepare({ plantApproval: true, validity: { ...ALWAYS, timeZone: 'Europe/Berlin' } });
    const { body } = await cloud.call(ADMINISTRATOR, 'POST', path('/duplicate'));
    const { released, users, validity, plantApproval, maximumMinutes } = session;
    expect(body).toMatchObject({ state: 'prepared', released, users, validity, plantApproval, maximumMinutes });
    expect(body.id).not.toBe(session.id);
    expect(body.name).toMatch(/^Press fault \([0-9]+\)$/);
  });

  test('the name of a copy is free, and no longer than a name may be', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 120 }), fc.integer({ min: 0, max: 5 }), (name, copies) => {
        const taken = new Set([name]);
        for (let count = 0; count <= copies; count += 1) {
          const copy = copyName(name, taken);
          expect(taken.has(copy)).toBe(false);
          expect(copy.length).toBeLessThanOrEqual(120);
          taken.add(copy);
        }
      }),
    );
  });
});

test('G4: all sessions of a gateway are ended at once, and no other', async () => {
  const open: Session[] = [];
  for (const gateway of ['gw-1', 'gw-1', 'gw-2']) {
    await prepare({}, [gateway]);
    await start();
    open.push(session);
  }
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-1/end-sessions');
  expect(body).toEqual({ ended: 2 });
  const states = await Promise.all(
    open.map(async ({ id }) => (await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${id}`)).body.state),
  );
  expect(states).toEqual(['ended', 'ended', 'starting']);
  expect((await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-none/end-sessions')).status).toBe(404);
});
