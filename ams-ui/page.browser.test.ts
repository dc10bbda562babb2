/// <reference types="node" />
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Overview, overview } from '@edgegateway/appliance/contract';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeAms, OFF } from './fake-ams.ts';

const SESSION = '3f2b8c1e-5d4a-4e6f-8a7b-9c0d1e2f3a4b';
const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

const connected: Overview = overview.parse({
  ...OFF,
  remoteConnect: { state: 'on', until: later(2) },
  service: {
    version: '0.1.0',
    registrationId: 'edge-0042',
    cloud: { state: 'online', since: later(-1) },
    until: later(2),
    connections: [
      {
        sessionId: SESSION,
        name: 'Spindle drive, line 3',
        user: 'Tina Technician',
        clientPublicKey: `${'A'.repeat(43)}=`,
        released: [{ address: '192.168.250.10', protocol: 'tcp', port: 502 }, { address: '192.168.250.11' }],
        expiresAt: later(3),
        state: 'connected',
        path: 'relay',
        relayReason: 'udp-blocked-gateway',
        mtu: 1200,
        connectedSince: later(-0.5),
        receivedBytes: 1_234_567,
        sentBytes: 89_000,
      },
    ],
  },
});

const asking: Overview = overview.parse({
  ...connected,
  service: {
    ...connected.service,
    connections: [
      {
        ...connected.service?.connections[0],
        ...{ state: 'waiting-for-approval', path: null, connectedSince: null, receivedBytes: 0, sentBytes: 0 },
        approval: {
          ...{ email: 'tina@service.example', organisation: 'Service Ltd', reason: 'Ticket 4711', until: later(0.1) },
          approvedBy: null,
        },
      },
    ],
  },
});

let browser: Browser;
let axe: string;
let ams: FakeAms;
let address: string;
let context: BrowserContext;
let complaints: string[];

beforeAll(async () => {
  await build({ root: import.meta.dirname, logLevel: 'error' });
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});
afterAll(() => browser.close());

beforeEach(async () => {
  ams = new FakeAms(join(import.meta.dirname, '../build/ams-ui'));
  address = await ams.listen();
  complaints = [];
});
afterEach(async () => {
  await context.close();
  await ams.close();
});

async function open(locale = 'en-GB', width = 390, dark = false): Promise<Page> {
  context = await browser.newContext({
    locale,
    viewport: { width, height: 844 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  return page;
}

const state = (page: Page) => page.getByRole('status', { name: 'State of remote access' });
const says = (page: Page, text: string) => state(page).getByText(text, { exact: true }).waitFor();

async function expectAccessible(page: Page): Promise<void> {
  // The debugger's evaluation is outside the page's policy, so the policy need not be loosened for axe.
  await page.evaluate(axe);
  const violations = await page.evaluate<string[]>(
    `axe.run().then((found) => found.violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
  );
  expect(violations).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
}

describe.each([
  ['en-GB', 360, false],
  ['en-GB', 1280, false],
  ['de-DE', 390, true],
  ['de-DE', 1280, false],
] as const)('in %s at %i pixels, dark %s, axe finds nothing and the policy is kept in', (locale, width, dark) => {
  const shoot = (page: Page, name: string) =>
    process.env['AMS_UI_SCREENSHOTS'] === undefined
      ? Promise.resolve()
      : page.screenshot({
          path: join(process.env['AMS_UI_SCREENSHOTS'], `${name}-${locale}-${width}.png`),
          fullPage: true,
        });

  test.each([
    ['first-start', { passwordSet: false, loggedIn: false }],
    ['login', { passwordSet: true, loggedIn: false }],
  ] as const)('%s', async (name, access) => {
    ams.access = access;
    const page = await open(locale, width, dark);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expectAccessible(page);
    await shoot(page, name);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['off', OFF],
    ['connected', connected],
    ['asking', asking],
    ['failed', { ...OFF, remoteConnect: { state: 'failed', problem: 'exit-code' } }],
  ] as const)('the main page, %s', async (name, shown) => {
    ams.overview = shown;
    const page = await open(locale, width, dark);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expectAccessible(page);
    await shoot(page, name);
    const openers = { connected: /^(?:End connection of|Verbindung von)/, asking: /^Refuse|ablehnen$/ };
    const opener = name === 'connected' || name === 'asking' ? openers[name] : /^(?:Change password|Passwort ändern)$/;
    await page.getByRole('button', { name: opener }).click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page);
    await shoot(page, `${name}-dialog`);
    expect(complaints).toEqual([]);
  });
});

test('the first password is set with the one-time code, after its rules are kept (G1)', async () => {
  ams.access = { passwordSet: false, loggedIn: false };
  ams.onChange = () => {
    ams.access = { passwordSet: true, loggedIn: true };
  };
  const page = await open();
  await page.getByLabel('One-time code').fill('abcd-efgh');
  await page.getByLabel('New password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('The password needs at least 12 characters.').waitFor();
  expect(ams.received).toEqual([]);
  await page.getByLabel('New password', { exact: true }).fill('four calm green cups');
  await page.getByLabel('Repeat new password').fill('four calm green cups');
  await page.getByRole('button', { name: 'Set password' }).click();
  await says(page, 'Off');
  expect(ams.received.map(({ path, body }) => [path, body])).toEqual([
    ['/api/setup', { oneTimeCode: 'abcd-efgh', password: 'four calm green cups' }],
  ]);
});

test('a throttled login tells how long to wait and takes no attempt until then (G1)', async () => {
  ams.access = { passwordSet: true, loggedIn: false };
  ams.refusal = { status: 429, error: { code: 'too-many-attempts', message: 'wait', retryAfterSeconds: 600 } };
  const page = await open();
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('Too many wrong attempts.').waitFor();
  await page.getByRole('timer').getByText('You can try again in').waitFor();
  expect(await page.getByRole('button', { name: 'Log in' }).isDisabled()).toBe(true);
});

test.each([
  ['1 hour', 60],
  ['8 hours', 480],
  ['Until switched off', null],
] as const)('switching on asks how long: %s (G2, G3)', async (choice, forMinutes) => {
  ams.onChange = () => ams.tell({ ...OFF, remoteConnect: { state: 'on', until: null } });
  const page = await open();
  await page.getByRole('button', { name: 'Switch on remote access' }).click();
  await page.getByRole('dialog', { name: 'For how long?' }).getByRole('button', { name: choice }).click();
  await says(page, 'On until switched off');
  expect(ams.received).toEqual([{ method: 'PUT', path: '/api/remoteconnect', body: { on: true, forMinutes } }]);
});

test('switching off is one press and tells the result (G4)', async () => {
  ams.overview = connected;
  ams.onChange = () => ams.tell(OFF);
  const page = await open();
  await page.getByRole('button', { name: 'Switch off remote access' }).click();
  await says(page, 'Off');
  await says(page, 'Remote access is off. All connections have been ended.');
  await page.getByText('Nobody is connected.').waitFor();
  expect(ams.received).toEqual([{ method: 'PUT', path: '/api/remoteconnect', body: { on: false } }]);
});

test('a switch that did not work is told, and off is not claimed (G4)', async () => {
  ams.overview = connected;
  ams.refusal = { status: 503, error: { code: 'systemd-unavailable', message: 'no answer' } };
  const page = await open();
  await page.getByRole('button', { name: 'Switch off remote access' }).click();
  await page
    .getByRole('alert')
    .getByText(/system does not answer/)
    .waitFor();
  await state(page)
    .getByText(/^On until/)
    .waitFor();
});

test('one connection is ended after a confirmation (P3)', async () => {
  ams.overview = connected;
  const page = await open();
  const row = page.getByRole('listitem', { name: 'Tina Technician' });
  await row.getByText('192.168.250.10:502 (TCP), 192.168.250.11').waitFor();
  await row.getByText('over a relay, packets up to 1200 bytes').waitFor();
  await row.getByText('A firewall of the plant lets no UDP through.').waitFor();
  await row.getByRole('button', { name: 'End connection of Tina Technician' }).click();
  expect(ams.received).toEqual([]);
  await page.getByRole('dialog', { name: 'End this connection?' }).getByRole('button', { name: 'End now' }).click();
  await page.getByText('The connection of Tina Technician has been ended.').waitFor();
  expect(ams.received.map(({ path }) => path)).toEqual([`/api/connections/${SESSION}/end`]);
});

test('the plant sees who asks to be let in and what for, and says yes for this key (P3)', async () => {
  ams.overview = asking;
  const page = await open();
  const row = page.getByRole('listitem', { name: 'Tina Technician asks to be let in' });
  for (const fact of ['tina@service.example', 'Service Ltd', 'Ticket 4711', '192.168.250.10:502 (TCP), 192.168.250.11'])
    await row.getByText(fact).waitFor();
  await row.getByRole('button', { name: 'Let Tina Technician in' }).click();
  await page.getByText('Tina Technician has been let in.').waitFor();
  expect(ams.received).toEqual([
    { method: 'POST', path: `/api/connections/${SESSION}/approve`, body: { clientPublicKey: `${'A'.repeat(43)}=` } },
  ]);
});

test('the plant refuses, and says why (P3)', async () => {
  ams.overview = asking;
  const page = await open();
  await page.getByRole('button', { name: 'Refuse Tina Technician' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refuse this connection?' });
  await dialog.getByLabel('What the technician is told').fill('Not during the shift');
  await dialog.getByRole('button', { name: 'Refuse' }).click();
  await page.getByText('Tina Technician has been refused.').waitFor();
  expect(ams.received.map(({ path, body }) => [path, body])).toEqual([
    [`/api/connections/${SESSION}/refuse`, { clientPublicKey: `${'A'.repeat(43)}=`, words: 'Not during the shift' }],
  ]);
});

test('the state follows the gateway live, and again after the stream broke', async () => {
  const page = await open();
  await says(page, 'Off');
  ams.tell({ ...OFF, remoteConnect: { state: 'switching-on' } });
  await says(page, 'Switching on ...');
  ams.tell({ ...OFF, remoteConnect: { state: 'unknown' } });
  await says(page, 'Unknown');
  ams.overview = { ...OFF, remoteConnect: { state: 'failed', problem: 'exit-code' } };
  ams.breakStreams();
  await says(page, 'Failed: the service ended with an error');
});

test('the loss of the gateway is told', async () => {
  const page = await open();
  await says(page, 'Off');
  await ams.close();
  await page.getByText(/No connection to the gateway\./).waitFor();
});

test('the language can be switched, and the password changed', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Fernzugriff', exact: true }).waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Change password' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change password' });
  await dialog.getByLabel('Current password').fill('before');
  await dialog.getByLabel('New password', { exact: true }).fill('four calm green cups');
  await dialog.getByLabel('Repeat new password').fill('four calm green cups');
  await dialog.getByRole('button', { name: 'Save new password' }).click();
  await page.getByText('The password has been changed. All other logins have ended.').waitFor();
  expect(ams.received.map(({ path, body }) => [path, body])).toEqual([
    ['/api/password', { currentPassword: 'before', newPassword: 'four calm green cups' }],
  ]);
});

test('the integrator finds registration ID and certificate', async () => {
  const page = await open();
  expect(await page.getByLabel('Device certificate').inputValue()).toBe(OFF.deviceCertificate);
  expect(await page.getByTestId('registration-id').textContent()).toBe('edge-0042');
});
