import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CERTIFICATE } from './browser-tests/sample-data.ts';
import { PHONE, TestBrowser } from './browser-tests/test-browser.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(() => browser.cloud.reset());

const paths = (method: string) => browser.cloud.seen.filter((one) => one.method === method).map(({ path }) => path);

it('C8: an administrator disables a gateway after a question, and enables it again', async () => {
  const { page, context } = await browser.open('/gateways/gw-essen-hall-2');
  await page.getByRole('button', { name: 'Disable gateway' }).click();
  await page.getByRole('dialog').getByText('You can enable it again.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable gateway' }).click();
  await page.getByText('Disabled', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Enable gateway' }).click();
  await page.getByText('Disabled', { exact: true }).waitFor({ state: 'detached' });
  expect(paths('POST')).toEqual(['/api/gateways/gw-essen-hall-2/disable', '/api/gateways/gw-essen-hall-2/enable']);
  await context.close();
});

it.each(['waiting', 'disabled'] as const)(
  'C8: a gateway that is %s is shown so, without a fault of the page',
  async (state) => {
    const gateway = browser.cloud.state.gateways[0];
    if (gateway === undefined) throw new Error('no gateway');
    gateway.state = state;
    const { page, context } = await browser.open(`/gateways/${gateway.registrationId}`, { viewport: PHONE });
    await page.getByRole('button', { name: state === 'waiting' ? 'Accept gateway' : 'Enable gateway' }).waitFor();
    await browser.picture(page, `phone-gateway-${state}`);
    expect(await browser.accessibilityProblems(page)).toEqual([]);
    expect(await browser.cutOffTexts(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    await context.close();
  },
);

it('C2: who may not add gateways sees no way to disable or accept one', async () => {
  browser.cloud.state.me = browser.cloud.state.users[3] ?? null;
  const { page, context } = await browser.open('/gateways/gw-essen-hall-2');
  await page.getByRole('heading', { name: 'Essen, hall 2', level: 1 }).waitFor();
  expect(await page.getByRole('button', { name: /Disable|Remove gateway/ }).count()).toBe(0);
  await page.goto(`${browser.cloud.origin}/gateways/groups`);
  await page.getByRole('heading', { name: 'Your role does not include this page.', level: 1 }).waitFor();
  await context.close();
});

it('C8: an administrator adds an enrolment group and removes it after a question', async () => {
  browser.cloud.state.enrolmentGroups = [];
  const { page, context } = await browser.open('/gateways');
  await page.getByRole('link', { name: 'Enrolment groups' }).click();
  await page.getByText('No group yet.').waitFor();
  await page.getByLabel('Group name').fill('Works');
  await page.getByRole('textbox', { name: 'Certificate of the authority (PEM)' }).fill(CERTIFICATE);
  await page.getByRole('button', { name: 'Add group' }).click();
  await page.getByText('The group Works has been added.').waitFor();
  await page.getByRole('button', { name: 'Remove the group Works' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove group' }).click();
  await page.getByText('No group yet.').waitFor();
  await context.close();
});
