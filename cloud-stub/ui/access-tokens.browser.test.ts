/// <reference types="node" />
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestBrowser } from './browser-tests/test-browser.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());

it('a token is issued, shown once, and revoked', async () => {
  const { page, context } = await browser.open('/access-tokens');
  await page.getByRole('button', { name: 'Issue token' }).click();
  await page.getByText('Enter a name of at most 120 characters.').waitFor();
  await page.getByLabel('Name').fill('Line planner');
  await page.getByLabel('Create, change, start and end sessions').check();
  await page.getByLabel('Valid for').selectOption('90 days');
  await page.getByRole('button', { name: 'Issue token' }).click();
  const shown = page.getByRole('status', { name: 'Access token' });
  await expect.poll(() => shown.textContent()).toBe(`rct_${'T'.repeat(43)}`);
  const asked = browser.cloud.seen.filter(({ method, path }) => method === 'POST' && path === '/api/access-tokens');
  expect(asked.map(({ body }) => body)).toEqual([
    { name: 'Line planner', scopes: ['read', 'sessions:write'], days: 90 },
  ]);
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await browser.picture(page, 'desktop-access-token-issued');
  await page.getByRole('button', { name: 'Done' }).click();
  await shown.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Revoke Line planner' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByRole('cell', { name: 'Line planner', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'Nightly report', exact: true }).waitFor();
  await context.close();
});
