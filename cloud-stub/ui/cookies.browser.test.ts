/// <reference types="node" />
/** A browser whose user has blocked cookies and site data, as its settings do it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { TestBrowser } from './browser-tests/test-browser.ts';

const BLOCK = 2;
const WORDS = {
  'en-GB': { email: 'Email', password: 'Password', logIn: 'Log in', told: /This browser blocks cookies/ },
  'de-DE': {
    email: 'E-Mail-Adresse',
    password: 'Passwort',
    logIn: 'Anmelden',
    told: /Dieser Browser blockiert Cookies/,
  },
} as const;
const LOCALES = ['en-GB', 'de-DE'] as const;

let browser: TestBrowser;
let profile: string;
let context: BrowserContext;

beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(async () => {
  browser.cloud.reset();
  browser.cloud.state.me = null;
  profile = await mkdtemp(join(tmpdir(), 'cloud-profile-'));
});
afterEach(async () => {
  await context.close();
  await rm(profile, { recursive: true, force: true });
});

async function open(locale: (typeof LOCALES)[number], cookies: number | null): Promise<Page> {
  const settings = cookies === null ? {} : { default_content_setting_values: { cookies } };
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify({ profile: settings }));
  context = await chromium.launchPersistentContext(profile, {
    ...{ executablePath: '/usr/bin/chromium', locale },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  const page = await context.newPage();
  await page.goto(browser.cloud.origin);
  return page;
}

async function logIn(page: Page, locale: (typeof LOCALES)[number]): Promise<void> {
  const { email, password, logIn: button } = WORDS[locale];
  await page.getByLabel(email).fill('anna.berger@plant.example');
  await page.getByLabel(password).fill('four calm green cups');
  await page.getByRole('button', { name: button }).click();
}

const attempts = () => browser.cloud.seen.filter(({ path }) => path === '/api/login');

it.each(LOCALES)(
  'K74: a browser that blocks cookies is told so in a sentence, and tries nothing: %s',
  async (locale) => {
    const page = await open(locale, BLOCK);
    await logIn(page, locale);
    await page.getByRole('alert').getByText(WORDS[locale].told).waitFor();
    expect(attempts()).toEqual([]);
  },
);

it.each(LOCALES)('K74: so is one that takes the cookie and throws it away: %s', async (locale) => {
  const page = await open(locale, null);
  await page.getByRole('heading', { level: 1 }).waitFor();
  browser.cloud.refuse('GET /api/me', 401, 'not-logged-in', 'Log in first.');
  await logIn(page, locale);
  await page.getByRole('alert').getByText(WORDS[locale].told).waitFor();
  expect(attempts()).toHaveLength(1);
});

it('K74: a second step that does not know the first one names cookies, too', async () => {
  browser.cloud.state.access.asksForCode = true;
  const page = await open('en-GB', null);
  await logIn(page, 'en-GB');
  browser.cloud.refuse('POST /api/login/code', 401, 'not-logged-in', 'Log in first.');
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page
    .getByRole('alert')
    .getByText(/this browser blocks cookies/)
    .waitFor();
});
