/// <reference types="node" />
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ACTIVE, CERTIFICATE, LINK, PREPARED } from './browser-tests/sample-data.ts';
import { PHONE, TestBrowser } from './browser-tests/test-browser.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(() => browser.cloud.reset());

/** Bodies of the requests of one route, in order. */
const bodies = (method: string, path: string | RegExp) =>
  browser.cloud.seen
    .filter((one) => one.method === method && (typeof path === 'string' ? one.path === path : path.test(one.path)))
    .map(({ body }) => body);

it('a new user sets the first password with the invitation code and is logged in', async () => {
  browser.cloud.state.me = null;
  const { page, context } = await browser.open('/invitation');
  await page.getByLabel('Invitation code').fill(' K7QM-2XRP ');
  await page.getByRole('textbox', { name: 'New password', exact: true }).fill('a long enough password');
  await page.getByLabel('Repeat new password').fill('another password');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('The two passwords differ.').waitFor();
  expect(bodies('POST', '/api/invitations/accept')).toEqual([]);

  await page.getByLabel('Repeat new password').fill('a long enough password');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  expect(bodies('POST', '/api/invitations/accept')).toEqual([
    { code: 'K7QM-2XRP', password: 'a long enough password' },
  ]);
  await context.close();
});

it('a refused login is told as the sentence of the cloud, and a right one leads to the sessions', async () => {
  browser.cloud.state.me = null;
  const { page, context } = await browser.open('/');
  await page.getByLabel('Email').fill('nobody@plant.example');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('Email or password is wrong.').waitFor();
  await page.getByLabel('Email').fill('anna.berger@plant.example');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await context.close();
});

it('C8: an administrator adds a gateway and a device behind it', async () => {
  const { page, context } = await browser.open('/gateways');
  await page.getByRole('link', { name: 'Add gateway' }).click();
  await page.getByLabel('Registration ID').fill('gw-graz');
  await page.getByLabel('Name').fill('Graz, paint shop');
  await page.getByRole('textbox', { name: 'Certificate (PEM)' }).fill(CERTIFICATE);
  await page.getByRole('button', { name: 'Add gateway' }).click();
  await page.getByRole('heading', { name: 'Graz, paint shop', level: 1 }).waitFor();
  await page.getByText('Never seen', { exact: true }).first().waitFor();
  await page.getByLabel('Device name').fill('Mixer');
  await page.getByLabel('Kind of device').selectOption('Controller');
  await page.getByLabel('IP address').fill('192.168.250.40');
  await page.getByRole('button', { name: 'Add device' }).click();
  await page.getByRole('cell', { name: 'Mixer', exact: true }).waitFor();
  expect(bodies('POST', '/api/gateways')).toEqual([
    { registrationId: 'gw-graz', name: 'Graz, paint shop', certificate: `${CERTIFICATE}\n` },
  ]);
  expect(bodies('POST', '/api/gateways/gw-graz/devices')).toEqual([
    {
      ...{ name: 'Mixer', kind: 'controller', address: '192.168.250.40' },
      ...{ services: [], notes: '', link: null, isMapped: false },
    },
  ]);
  await context.close();
});

it('C8: a device gets a service, a link, and another address for technicians', async () => {
  const { page, context } = await browser.open('/gateways/gw-essen-hall-2');
  await page.getByRole('link', { name: 'Change device IO-Link master A' }).click();
  await page.getByRole('heading', { name: 'Change device', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Add service' }).click();
  await page.getByRole('button', { name: 'Save device' }).click();
  await page.getByText('A service needs a name and a port from 1 to 65535.').first().waitFor();
  await page.getByLabel('Service name').fill('Web page');
  await page.getByLabel('Port').fill('80');
  await page.getByLabel('Web link').fill('https://assets.plant.example/12');
  await page.getByLabel('Give technicians another address for this device').check();
  await page.getByRole('button', { name: 'Save device' }).click();
  await page.getByText('Web page (TCP 80)', { exact: true }).waitFor();
  await page.getByText('reached as 100.112.0.9').waitFor();
  const path = await page.getByRole('link', { name: 'IO-Link master A', exact: true }).getAttribute('href');
  expect(path).toBe('https://assets.plant.example/12');
  await context.close();
});

it('a private key in place of a certificate never leaves the browser', async () => {
  const { page, context } = await browser.open('/gateways/new');
  await page.getByLabel('Registration ID').fill('gw-graz');
  await page.getByLabel('Name').fill('Graz');
  await page
    .getByRole('textbox', { name: 'Certificate (PEM)' })
    .fill('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----');
  await page.getByRole('button', { name: 'Add gateway' }).click();
  await page.getByText('This contains a private key.').waitFor();
  expect(bodies('POST', '/api/gateways')).toEqual([]);
  await context.close();
});

it('C8: the invitation code of a new user is shown once, on the page', async () => {
  const { page, context } = await browser.open('/users');
  await page.getByRole('link', { name: 'Add user' }).click();
  await page.getByLabel('Name').fill('Sam Reed');
  await page.getByLabel('Email').fill('sam@service.example');
  await page.getByLabel('Role').selectOption('remoteConnect User');
  await page.getByRole('button', { name: 'Add user' }).click();
  await expect.poll(() => page.getByRole('status', { name: 'Invitation code' }).textContent()).toBe('K7QM-2XRP-9TWD');
  expect(bodies('POST', '/api/users')).toEqual([
    { name: 'Sam Reed', email: 'sam@service.example', role: 'remoteconnect-user' },
  ]);
  await browser.picture(page, 'desktop-invitation-code');
  await page.getByRole('link', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'Sam Reed', exact: true }).waitFor();
  expect(await page.getByText('K7QM-2XRP-9TWD').count()).toBe(0);
  await context.close();
});

it('C3: a session is created with a device limited to a port, a further address, a user and a maximum time', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('link', { name: 'Create session' }).click();
  await page.getByRole('button', { name: 'Save session' }).click();
  await page.getByText('Enter a name of at most 120 characters.').waitFor();
  await page.getByText('Choose at least one device or enter an address.').waitFor();
  await page.getByLabel('Name').fill('Press fault 18');
  await page.getByLabel('Reason').fill('Ticket 4712');
  await page.getByLabel('Maximum time of one run').selectOption('2 hours');
  await page.getByRole('checkbox', { name: 'Press controller' }).check();
  await page.getByLabel('Protocol for Press controller').selectOption('TCP');
  await page.getByLabel('Port for Press controller').fill('502');
  await page.getByRole('button', { name: 'Add address' }).click();
  const row = page.getByRole('group', { name: 'Address 1', exact: true });
  await row.getByLabel('IP address').fill('192.168.250.77');
  await page.getByRole('checkbox', { name: 'Tom Fischer' }).check();
  await browser.picture(page, 'desktop-new-session-filled');
  await page.getByRole('button', { name: 'Save session' }).click();
  await page.getByRole('heading', { name: 'Press fault 18', level: 1 }).waitFor();
  expect(bodies('POST', '/api/sessions')).toEqual([
    {
      name: 'Press fault 18',
      description: '',
      reason: 'Ticket 4712',
      released: [
        { gateway: 'gw-essen-hall-2', target: { address: '192.168.250.10', protocol: 'tcp', port: 502 } },
        { gateway: 'gw-essen-hall-2', target: { address: '192.168.250.77' } },
      ],
      users: ['00000000-0000-4000-8000-000000000002'],
      maximumMinutes: 120,
      validity: { from: null, to: null, windows: [], timeZone: 'Europe/Berlin' },
      plantApproval: false,
    },
  ]);
  await context.close();
});

it('equal addresses behind two gateways are told before the session is saved', async () => {
  const { page, context } = await browser.open('/sessions/new');
  await page.getByRole('checkbox', { name: 'Press controller' }).check();
  await page.getByRole('checkbox', { name: 'Vibration monitor' }).check();
  await page.getByText('The address 192.168.250.10 stands behind more than one chosen gateway.').waitFor();
  await context.close();
});

it('C4, C9: a start shows the link that opens the client, then the progress, then the end', async () => {
  const { page, context, complaints } = await browser.open(`/sessions/${PREPARED}`, { viewport: PHONE });
  await page.getByRole('button', { name: 'Start session' }).click();
  const link = page.getByRole('link', { name: 'Open remoteConnect client' });
  await link.waitFor();
  expect(await link.getAttribute('href')).toBe(LINK);
  await page
    .getByRole('timer')
    .getByText(/^The link works for another \d+ seconds\.$/)
    .waitFor();
  await browser.picture(page, 'phone-open-client');
  expect(await browser.accessibilityProblems(page)).toEqual([]);

  const session = browser.cloud.state.sessions.find(({ id }) => id === PREPARED);
  if (session?.progress == null) throw new Error('the session has not been started');
  session.state = 'active';
  session.progress.ticketRedeemedAt = '2026-11-24T09:30:20.000Z';
  session.progress.computer = 'SERVICE-PC-7';
  session.progress.gateways['gw-essen-hall-2'] = 'connected';
  browser.cloud.tell({ topic: 'sessions', id: PREPARED });
  await page.getByText('on SERVICE-PC-7').waitFor();
  await page.getByText('The session is now: Active.').waitFor();
  await link.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'End session' }).click();
  const dialog = page.getByRole('dialog', { name: 'End this session?' });
  await dialog.waitFor();
  await browser.picture(page, 'phone-end-session');
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'End session' }).click();
  await page.getByText('The session is now: Ended.').waitFor();
  expect(bodies('POST', `/api/sessions/${PREPARED}/end`)).toHaveLength(1);
  expect(complaints).toEqual([]);
  await context.close();
});

it('C9: a link that was not opened in time is taken away, and a new start brings a new one', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.clock.install();
  await page.getByRole('link', { name: 'Press fault 17' }).click();
  await page.getByRole('button', { name: 'Start session' }).click();
  const link = page.getByRole('link', { name: 'Open remoteConnect client' });
  await link.waitFor();
  expect(await page.getByRole('button', { name: 'Start session' }).count()).toBe(0);
  await page.clock.runFor(61_000);
  await page.getByRole('alert').getByText('The link has expired').waitFor();
  expect(await link.count()).toBe(0);
  await page.getByRole('button', { name: 'Start session' }).click();
  await link.waitFor();
  expect(bodies('POST', `/api/sessions/${PREPARED}/start`)).toHaveLength(2);
  await context.close();
});

it('C5: every missing precondition of a start is told', async () => {
  browser.cloud.refuseStart({
    code: 'preconditions',
    message: 'The session cannot be started.',
    missing: [
      {
        precondition: 'remoteconnect-off',
        gateway: 'gw-essen-hall-2',
        at: null,
        message: 'Ask the plant to switch it on.',
      },
      { precondition: 'gateway-never-seen', gateway: 'gw-new', at: null, message: 'Connect the gateway Lyon.' },
    ],
  });
  const { page, context } = await browser.open(`/sessions/${PREPARED}`);
  await page.getByRole('button', { name: 'Start session' }).click();
  const told = page.getByRole('alert');
  await told.getByText('The session cannot be started yet').waitFor();
  await browser.picture(page, 'desktop-missing');
  expect(await told.getByRole('listitem').allTextContents()).toEqual([
    'Ask the plant to switch it on.',
    'Connect the gateway Lyon.',
  ]);
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await context.close();
});

it('C6: a device is added to a running session and what was released stays', async () => {
  const { page, context } = await browser.open(`/sessions/${ACTIVE}`);
  await page.getByRole('link', { name: 'Change devices' }).click();
  await page.getByText('The session is running: the change takes effect at once').waitFor();
  await page.getByRole('checkbox', { name: 'IO-Link master A' }).check();
  await page.getByRole('button', { name: 'Save devices' }).click();
  await page.getByRole('cell', { name: 'IO-Link master A' }).waitFor();
  expect(bodies('PUT', `/api/sessions/${ACTIVE}/released`)).toEqual([
    {
      released: [
        { gateway: 'gw-essen-hall-2', target: { address: '192.168.250.20' } },
        { gateway: 'gw-essen-hall-2', target: { address: '192.168.250.30' } },
      ],
    },
  ]);
  await context.close();
});

it('C7: the audit log is loaded further back, filtered by the address bar, and exported by the cloud', async () => {
  const { page, context, complaints } = await browser.open('/audit');
  await page.getByText('100 entries shown').waitFor();
  await page.getByRole('button', { name: 'Load older entries' }).click();
  await page.getByText(`${browser.cloud.state.audit.length} entries shown`).waitFor();
  await page.getByLabel('Search the audit log').fill('192.168.250.99');
  await page.getByText('1 entry shown').waitFor();
  expect(new URL(page.url()).searchParams.get('search')).toBe('192.168.250.99');
  await page.getByRole('button', { name: 'More filters' }).click();
  await page.getByLabel('What').selectOption('Access refused');
  await page.getByLabel('Gateway').selectOption('Essen, hall 2');
  await expect.poll(() => new URL(page.url()).searchParams.get('gateway')).toBe('gw-essen-hall-2');
  await page.getByText('1 entry shown').waitFor();
  // The page follows its address a moment later.
  const exportLink = page.getByRole('link', { name: 'Export CSV' });
  await expect.poll(() => exportLink.getAttribute('href')).toContain('gateway=gw-essen-hall-2');
  await browser.picture(page, 'desktop-audit-filtered');
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  const download = page.waitForEvent('download');
  await exportLink.click();
  expect(await readFile(await (await download).path(), 'utf8')).toBe('as the cloud has made it');
  expect(browser.cloud.seen.map(({ path }) => path)).toContain(
    '/api/audit/export?search=192.168.250.99&action=flow-refused&gateway=gw-essen-hall-2&format=csv',
  );
  expect(complaints).toEqual([]);
  await context.close();
});

it('C7: a link with filters shows the same entries, and one button takes them all away', async () => {
  const { page, context } = await browser.open('/audit?action=flow-opened');
  await page.getByText('1 entry shown').waitFor();
  expect(await page.getByLabel('What').inputValue()).toBe('flow-opened');
  await page.getByLabel('From IP address').fill('nowhere');
  await page.getByRole('button', { name: 'Remove all filters' }).click();
  await page.getByText('100 entries shown').waitFor();
  expect(new URL(page.url()).search).toBe('');
  await context.close();
});

it('C7: sessions are filtered, and the filter stands in the address bar', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('link', { name: 'Press fault 17' }).waitFor();
  await page.getByLabel('Show', { exact: true }).selectOption('Past sessions');
  await page.getByRole('link', { name: 'Press fault 17' }).waitFor({ state: 'detached' });
  expect(new URL(page.url()).searchParams.get('state')).toBe('ended,expired');
  await page.getByLabel('Search sessions').fill('nothing like this');
  await page.getByText('Nothing matches your search.').waitFor();
  await page.goBack();
  await page.goto('/sessions?gateway=gw-linz-packaging');
  await page.getByRole('link', { name: 'Monthly check of the vibration monitor' }).waitFor();
  expect(await page.getByRole('link', { name: 'Press fault 17' }).count()).toBe(0);
  await context.close();
});

it('C7: sessions further back are loaded when asked for', async () => {
  const [first] = browser.cloud.state.sessions;
  if (first === undefined) throw new Error('the sample has no sessions');
  for (let number = 0; number < 60; number += 1)
    browser.cloud.state.sessions.push({ ...first, id: crypto.randomUUID(), name: `Older ${number}` });
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('link', { name: 'Older 10' }).waitFor();
  expect(await page.getByRole('link', { name: 'Older 59' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Load older sessions' }).click();
  await page.getByRole('link', { name: 'Older 59' }).waitFor();
  expect(await page.getByRole('button', { name: 'Load older sessions' }).count()).toBe(0);
  await context.close();
});

it('C7: the history tells who, from where, the path, and each device with port and bytes, and prints without the frame', async () => {
  const { page, context, complaints } = await browser.open(`/sessions/${ACTIVE}`);
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByRole('heading', { name: 'History of “Panel update”', level: 1 }).waitFor();
  const row = (table: string, text: string) =>
    page.getByRole('table', { name: table }).getByRole('row', { name: text });
  await row('Starts of the session', 'tom@service.example').getByText('from 203.0.113.7').waitFor();
  await row('Changes of the path', 'Connected: Relay').waitFor();
  const flow = await row('Accesses to devices', 'Operator panel').textContent();
  for (const told of ['TCP 443', 'Allowed', '48.2 kB', '1.3 MB']) expect(flow).toContain(told);
  expect(await row('Accesses to devices', '192.168.250.99').textContent()).toContain('Refused');
  expect(await page.getByRole('table', { name: 'Every step' }).getByRole('row').count()).toBe(6);
  expect(await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')).toBe(
    `/api/sessions/${ACTIVE}/export?format=csv`,
  );
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('banner').isVisible()).toBe(false);
  expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
  expect(await page.getByText(ACTIVE, { exact: true }).isVisible()).toBe(true);
  await browser.picture(page, 'print-history');
  expect(complaints).toEqual([]);
  await context.close();
});

it('C2: a remoteConnect User is shown neither users, nor the audit log, nor ways to create', async () => {
  browser.cloud.state.me = browser.cloud.state.users[1] ?? null;
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('link', { name: 'Press fault 17' }).waitFor();
  expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents()).toEqual([
    'Sessions',
    'Gateways',
    'Access tokens',
  ]);
  expect(await page.getByRole('link', { name: 'Create session' }).count()).toBe(0);
  await page.goto('/users');
  await page.getByRole('heading', { name: 'Your role does not include this page.' }).waitFor();
  await context.close();
});

it('a login that has ended leads to the login page and back to where one was', async () => {
  const { page, context } = await browser.open('/gateways');
  await page.getByRole('link', { name: 'Essen, hall 2' }).waitFor();
  browser.cloud.state.me = null;
  browser.cloud.tell({ topic: 'gateways', id: null });
  await page.getByText('Your login has ended. Log in again to continue.').waitFor();
  await page.getByLabel('Email').fill('anna.berger@plant.example');
  await page.getByLabel('Password').fill('right');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Gateways', level: 1 }).waitFor();
  await context.close();
});

it('the language is switched and is all that the browser keeps', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('button', { name: 'DE', exact: true }).click();
  await page.getByRole('heading', { name: 'Sitzungen', level: 1 }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Sitzungen', level: 1 }).waitFor();
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['language']);
  await context.close();
});

it('the focus moves to the title of the page that a link leads to', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('link', { name: 'Press fault 17' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Press fault 17', level: 1 }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Press fault 17');
  await context.close();
});

it('a refusal is told in German on the German page', async () => {
  browser.cloud.state.me = null;
  browser.cloud.refuse('POST /api/login', 401, 'login-refused', 'The e-mail address or the password is not right.');
  const { page, context } = await browser.open('/', { locale: 'de-AT' });
  await page.getByLabel('E-Mail-Adresse').fill('anna.berger@plant.example');
  await page.getByLabel('Passwort').fill('falsch');
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('alert').getByText('Die E-Mail-Adresse oder das Passwort stimmt nicht.').waitFor();
  await context.close();
});

it('a cloud that cannot be reached is told as a sentence', async () => {
  const { page, context } = await browser.open(`/sessions/${PREPARED}`);
  await page.getByRole('button', { name: 'Start session' }).waitFor();
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Start session' }).click();
  await page.getByRole('alert').getByText('The cloud cannot be reached.').waitFor();
  await context.close();
});
