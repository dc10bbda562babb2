/// <reference types="node" />
/** A browser whose user has blocked cookies and site data, as its settings do it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeAms } from './fake-ams.ts';

const BLOCK = 2;
const WORDS = {
  'en-GB': { password: 'Password', logIn: 'Log in', told: /This browser blocks cookies/ },
  'de-DE': { password: 'Passwort', logIn: 'Anmelden', told: /Dieser Browser blockiert Cookies/ },
} as const;
const LOCALES = ['en-GB', 'de-DE'] as const;

let ams: FakeAms;
let address: string;
let profile: string;
let context: BrowserContext;

beforeAll(async () => {
  await build({ root: import.meta.dirname, logLevel: 'error' });
});
beforeEach(async () => {
  ams = new FakeAms(join(import.meta.dirname, '../build/ams-ui'));
  ams.access = { passwordSet: true, loggedIn: false };
  address = await ams.listen();
  profile = await mkdtemp(join(tmpdir(), 'ams-profile-'));
});
afterEach(async () => {
  await context.close();
  await ams.close();
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
  await page.goto(address);
  return page;
}

async function logIn(page: Page, locale: (typeof LOCALES)[number]): Promise<void> {
  const { password, logIn: button, told } = WORDS[locale];
  await page.getByLabel(password, { exact: true }).fill('four calm green cups');
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('alert').getByText(told).waitFor();
}

test.each(LOCALES)(
  'K74: a browser that blocks cookies is told so in a sentence, and tries nothing: %s',
  async (locale) => {
    const page = await open(locale, BLOCK);
    await logIn(page, locale);
    expect(ams.received).toEqual([]);
  },
);

test.each(LOCALES)('K74: so is one that takes the cookie and throws it away: %s', async (locale) => {
  const page = await open(locale, null);
  await logIn(page, locale);
  expect(ams.received.map(({ path }) => path)).toEqual(['/api/login']);
});
