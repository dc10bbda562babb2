/// <reference types="node" />
/** A session's rules, what its start needs, its plant's approval, and what can be reached (C3-C5, C9, P3). */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SessionProgress } from '../api/contract.ts';
import { ACTIVE, PREPARED, WAITING } from './browser-tests/sample-data.ts';
import { PHONE, TestBrowser } from './browser-tests/test-browser.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(() => browser.cloud.reset());

const bodies = (method: string, path: string) =>
  browser.cloud.seen.filter((one) => one.method === method && one.path === path).map(({ body }) => body);

it('C3: a session is given a validity, a weekly window of the plant and its approval', async () => {
  const { page, context, complaints } = await browser.open(`/sessions/${PREPARED}`);
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('From', { exact: true }).fill('2026-11-24T08:00');
  await page.getByLabel('Until', { exact: true }).fill('2026-11-24T07:00');
  await page.getByRole('button', { name: 'Add weekly window' }).click();
  const window = page.getByRole('group', { name: 'Window 1' });
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'])
    await window.getByRole('checkbox', { name: day }).uncheck();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('The end must lie after the beginning.').waitFor();
  await page.getByText('Choose at least one day.').waitFor();
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await browser.picture(page, 'desktop-rules-wrong');
  await page.getByLabel('Until', { exact: true }).fill('2026-12-24T18:00');
  await window.getByRole('checkbox', { name: 'Friday' }).check();
  await window.getByLabel('From (time of day)').fill('22:00');
  await window.getByLabel('To (time of day)').fill('06:00');
  await page.getByLabel('Time zone of the windows').selectOption('Europe/Vienna');
  await page.getByRole('checkbox', { name: 'The plant must approve each run' }).check();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Time zone Europe/Vienna').waitFor();
  expect(bodies('PUT', `/api/sessions/${PREPARED}`)).toMatchObject([
    {
      name: 'Press fault 17',
      validity: {
        from: '2026-11-24T07:00:00.000Z',
        to: '2026-12-24T17:00:00.000Z',
        windows: [{ days: ['friday'], from: '22:00', to: '06:00' }],
        timeZone: 'Europe/Vienna',
      },
      plantApproval: true,
    },
  ]);
  expect(complaints).toEqual([]);
  await context.close();
});

it('C3: a new session has the rules that were chosen for it', async () => {
  const { page, context } = await browser.open('/sessions/new');
  await page.getByLabel('Name').fill('Night shift');
  await page.getByRole('checkbox', { name: 'Press controller' }).check();
  await page.getByRole('checkbox', { name: 'The plant must approve each run' }).check();
  await page.getByRole('button', { name: 'Save session' }).click();
  await page.getByRole('heading', { name: 'Night shift', level: 1 }).waitFor();
  expect(bodies('POST', '/api/sessions')).toMatchObject([
    { plantApproval: true, validity: { from: null, to: null, windows: [] } },
  ]);
  await context.close();
});

it('a copy of a session is made and opened for editing', async () => {
  const { page, context } = await browser.open(`/sessions/${PREPARED}`);
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await page.getByRole('heading', { name: 'Edit session', level: 1 }).waitFor();
  await page.locator('#session-name[value="Press fault 17 (2)"]').waitFor();
  expect(bodies('POST', `/api/sessions/${PREPARED}/duplicate`)).toHaveLength(1);
  await context.close();
});

it('C5: the page tells before the start what it needs, follows it live, and offers the client', async () => {
  const { page, context } = await browser.open(`/sessions/${PREPARED}`);
  await page.getByText('Gateway gw-essen-hall-2 is online with remoteConnect on').waitFor();
  const download = page.getByRole('link', { name: 'Download the client, version 0.1.0' });
  expect(await download.getAttribute('href')).toBe('https://cloud.example/client.msi');
  const gateway = browser.cloud.state.gateways.find(({ registrationId }) => registrationId === 'gw-essen-hall-2');
  if (gateway === undefined) throw new Error('the sample has this gateway');
  gateway.state = 'off';
  browser.cloud.tell({ topic: 'gateways', id: gateway.registrationId });
  await page.getByText('remoteConnect is switched off at gw-essen-hall-2 since 23 Nov 2026, 17:41:00').waitFor();
  await context.close();
});

it('C5: without a place to get the client, the page says whom to ask', async () => {
  browser.cloud.state.clientDownload = null;
  const { page, context } = await browser.open(`/sessions/${PREPARED}`, { locale: 'de-DE', viewport: PHONE });
  await page.getByText('Fragen Sie Ihren Administrator, woher Sie den Client bekommen.').waitFor();
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await browser.picture(page, 'phone-checks');
  await context.close();
});

it('P3: a session that waits for its plant says so, and shows the yes as it comes', async () => {
  const { page, context } = await browser.open(`/sessions/${WAITING}`);
  await page.getByText('Waiting for the plant').waitFor();
  await page.getByRole('cell', { name: 'Not answered yet' }).waitFor();
  const session = browser.cloud.state.sessions.find(({ id }) => id === WAITING);
  if (session?.progress == null) throw new Error('the sample has this session');
  session.state = 'starting';
  session.stateWhy = null;
  session.stateReason = '';
  session.progress.gateways = { 'gw-essen-hall-2': 'prepared' };
  session.progress.approvals = { 'gw-essen-hall-2': { by: 'shift lead', at: '2026-11-24T09:03:00.000Z' } };
  browser.cloud.tell({ topic: 'sessions', id: WAITING });
  await page.getByRole('cell', { name: /Approved by shift lead/ }).waitFor();
  expect(await page.getByText('Waiting for the plant').count()).toBe(0);
  await context.close();
});

it('C9: an active session shows path, round trip and bytes, and links to what can be reached', async () => {
  const { page, context } = await browser.open(`/sessions/${ACTIVE}`);
  await page.getByRole('cell', { name: '12 ms' }).waitFor();
  await page.getByText('at relay0.w-eu').waitFor();
  const links = page.getByRole('link', { name: /opens Operator panel/ });
  expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
    'http://100.112.0.1',
    'https://100.112.0.1',
  ]);
  const progress: SessionProgress | null | undefined = browser.cloud.state.sessions.find(
    ({ id }) => id === ACTIVE,
  )?.progress;
  const [peer] = progress?.peers ?? [];
  if (peer === undefined) throw new Error('the sample has this peer');
  await page.getByRole('cell', { name: 'Direct', exact: true }).waitFor();
  peer.mtu = 1200;
  browser.cloud.tell({ topic: 'sessions', id: ACTIVE });
  await page.getByRole('cell', { name: 'Direct, packets up to 1200 bytes' }).waitFor();
  peer.path = 'relay';
  peer.roundTripMilliseconds = null;
  browser.cloud.tell({ topic: 'sessions', id: ACTIVE });
  await page.getByText('Looking for a direct path').waitFor();
  peer.relayReason = 'nat-gateway';
  browser.cloud.tell({ topic: 'sessions', id: ACTIVE });
  const why = "The router (NAT) at the gateway's side uses another port for each destination.";
  await page.getByText(`${why} Data goes over the relay.`).waitFor();
  await page.getByRole('cell', { name: why }).waitFor();
  expect(await page.getByRole('cell', { name: '12 ms' }).count()).toBe(0);
  await context.close();
});

it('G4: all sessions of a gateway are ended after asking once more', async () => {
  const { page, context } = await browser.open('/gateways/gw-essen-hall-2');
  await page.getByRole('button', { name: 'End all sessions' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End all sessions' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(bodies('POST', '/api/gateways/gw-essen-hall-2/end-sessions')).toHaveLength(1);
  await context.close();
});

it('C2: a remoteConnect User sees neither editing nor the end of all', async () => {
  browser.cloud.state.me = browser.cloud.state.users.find(({ role }) => role === 'remoteconnect-user') ?? null;
  for (const session of browser.cloud.state.sessions) session.may = { start: true, end: true, change: false };
  const { page, context } = await browser.open(`/sessions/${PREPARED}`);
  await page.getByRole('button', { name: 'Start session' }).waitFor();
  expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Duplicate' }).count()).toBe(0);
  await page.goto(`/sessions/${PREPARED}/edit`);
  await page.getByText('Your role does not include this page.').waitFor();
  await page.goto('/gateways/gw-essen-hall-2');
  await page.getByRole('heading', { name: 'Essen, hall 2', level: 1 }).waitFor();
  expect(await page.getByRole('button', { name: 'End all sessions' }).count()).toBe(0);
  await context.close();
});
