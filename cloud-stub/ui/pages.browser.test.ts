import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACTIVE, CONTROLLER, PREPARED, WAITING } from './browser-tests/sample-data.ts';
import { DESKTOP, PHONE, TestBrowser } from './browser-tests/test-browser.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(() => browser.cloud.reset());

const TOM = '00000000-0000-4000-8000-000000000002';
const JANA = '00000000-0000-4000-8000-000000000003';

const PAGES = [
  { name: 'sessions', path: '/sessions', en: 'Sessions', de: 'Sitzungen' },
  { name: 'new session', path: '/sessions/new', en: 'Create session', de: 'Sitzung erstellen' },
  { name: 'prepared session', path: `/sessions/${PREPARED}`, en: 'Press fault 17', de: 'Press fault 17' },
  { name: 'active session', path: `/sessions/${ACTIVE}`, en: 'Panel update', de: 'Panel update' },
  { name: 'session that waits', path: `/sessions/${WAITING}`, en: 'Pump inspection', de: 'Pump inspection' },
  { name: 'edit session', path: `/sessions/${PREPARED}/edit`, en: 'Edit session', de: 'Sitzung bearbeiten' },
  {
    name: 'session history',
    path: `/sessions/${ACTIVE}/history`,
    en: 'History of “Panel update”',
    de: 'Verlauf von „Panel update“',
  },
  { name: 'audit log, filtered', path: '/audit?action=flow-closed', en: 'Audit log', de: 'Protokoll' },
  { name: 'change devices', path: `/sessions/${PREPARED}/devices`, en: 'Change devices', de: 'Geräte ändern' },
  { name: 'gateways', path: '/gateways', en: 'Gateways', de: 'Gateways' },
  { name: 'new gateway', path: '/gateways/new', en: 'Add gateway', de: 'Gateway hinzufügen' },
  { name: 'enrolment groups', path: '/gateways/groups', en: 'Enrolment groups', de: 'Registrierungsgruppen' },
  { name: 'gateway', path: '/gateways/gw-essen-hall-2', en: 'Essen, hall 2', de: 'Essen, hall 2' },
  {
    name: 'device',
    path: `/gateways/gw-essen-hall-2/devices/${CONTROLLER}`,
    en: 'Change device',
    de: 'Gerät ändern',
  },
  { name: 'users', path: '/users', en: 'Users', de: 'Benutzer' },
  { name: 'new user', path: '/users/new', en: 'Add user', de: 'Benutzer hinzufügen' },
  { name: 'user', path: `/users/${TOM}`, en: 'Tom Fischer', de: 'Tom Fischer' },
  { name: 'invited user', path: `/users/${JANA}`, en: 'Jana Novak', de: 'Jana Novak' },
  { name: 'account', path: '/account', en: 'My account', de: 'Mein Konto' },
  { name: 'audit log', path: '/audit', en: 'Audit log', de: 'Protokoll' },
  { name: 'access tokens', path: '/access-tokens', en: 'Access tokens', de: 'Zugriffstoken' },
  { name: 'unknown page', path: '/nothing', en: 'This page does not exist.', de: 'Diese Seite gibt es nicht.' },
  { name: 'invitation', path: '/invitation', en: 'Set your first password', de: 'Erstes Passwort festlegen' },
  { name: 'login', path: '/', en: 'Log in', de: 'Anmelden', out: true },
  { name: 'login refused', path: '/?refused=sso-domain', en: 'Log in', de: 'Anmelden', out: true },
  {
    name: 'second factor to set up',
    path: '/sessions',
    en: 'Set up your second factor',
    de: 'Zweiten Faktor einrichten',
    enrolling: true,
  },
] as const;

describe.each([
  { locale: 'en-GB', language: 'en', size: 'desktop', viewport: DESKTOP },
  { locale: 'de-DE', language: 'de', size: 'phone', viewport: PHONE },
] as const)('in $language on a $size', ({ locale, language, size, viewport }) => {
  it.each(PAGES)('$name is accessible, keeps the policy and fits the screen', async (shown) => {
    if ('out' in shown) browser.cloud.state.me = null;
    if ('out' in shown) browser.cloud.state.access.singleSignOn = 'Plant identity';
    if ('enrolling' in shown) browser.cloud.state.access.enrolling = true;
    const { page, context, complaints } = await browser.open(shown.path, { locale, viewport });
    await page.getByRole('heading', { level: 1, name: shown[language], exact: true }).waitFor();
    // A page may load several things at once.
    await expect.poll(() => page.getByRole('progressbar').count(), { timeout: 30_000 }).toBe(0);
    await page.waitForLoadState('load');
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await browser.picture(page, `${size}-${shown.name.replaceAll(' ', '-')}`);
    expect(await browser.accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    expect(await browser.cutOffTexts(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
