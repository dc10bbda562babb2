/** Logging in with a second step, one's own account, and what administrators do with users (C2, C8, P4). */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RECOVERY_CODES, SECRET } from './browser-tests/fake-account.ts';
import { DESKTOP, PHONE, TestBrowser } from './browser-tests/test-browser.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(() => browser.cloud.reset());

const TOM = '00000000-0000-4000-8000-000000000002';
const JANA = '00000000-0000-4000-8000-000000000003';

const bodies = (method: string, path: string) =>
  browser.cloud.seen.filter((one) => one.method === method && one.path === path).map(({ body }) => body);

it('P4: after the password the code is asked for, with the keyboard alone', async () => {
  browser.cloud.state.me = null;
  browser.cloud.state.access.asksForCode = true;
  const { page, context, complaints } = await browser.open('/', { viewport: PHONE });
  await page.getByLabel('Email').fill('anna.berger@plant.example');
  await page.getByLabel('Password').fill('right');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Second factor', level: 1 }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('login-code');
  await browser.picture(page, 'phone-login-code');
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  browser.cloud.refuse('POST /api/login/code', 403, 'code-wrong', 'This code is not right.');
  await page.keyboard.type('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This code is not right.').waitFor();
  await page.getByLabel('Code').fill(' 123 456 ');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  expect(bodies('POST', '/api/login/code')).toEqual([{ code: '000000' }, { code: '123 456' }]);
  expect(complaints).toEqual([]);
  await context.close();
});

it('P4: an administrator without a second factor is led to set it up, and keeps the recovery codes', async () => {
  browser.cloud.state.access.enrolling = true;
  const { page, context, complaints } = await browser.open('/users');
  await page.getByRole('heading', { name: 'Set up your second factor', level: 1 }).waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  await page.getByRole('img', { name: /^QR code/ }).waitFor();
  expect((await page.getByLabel('Secret', { exact: true }).innerText()).replaceAll(' ', '')).toBe(SECRET);
  await page.getByRole('button', { name: 'Confirm code' }).click();
  await page.getByText('Enter the code.').waitFor();
  await page.getByLabel('Code from the app').fill('123456');
  await page.getByRole('button', { name: 'Confirm code' }).click();
  await expect
    .poll(() => page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts())
    .toEqual(RECOVERY_CODES);
  await browser.picture(page, 'desktop-recovery-codes');
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
  expect(bodies('POST', '/api/account/second-factor').at(-1)).toEqual({ password: null });
  expect(bodies('POST', '/api/account/second-factor/confirm')).toEqual([{ code: '123456' }]);
  expect(complaints).toEqual([]);
  await context.close();
});

it('P4: whose rights now need a second factor is led there from wherever it is noticed', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  browser.cloud.state.access.enrolling = true;
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Gateways' }).click();
  await page.getByRole('heading', { name: 'Set up your second factor', level: 1 }).waitFor();
  await context.close();
});

it('single sign-on is offered where it is configured, and its refusal is told', async () => {
  browser.cloud.state.me = null;
  const without = await browser.open('/');
  await without.page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await without.page.getByRole('link', { name: 'Plant identity' }).count()).toBe(0);
  await without.context.close();
  browser.cloud.state.access.singleSignOn = 'Plant identity';
  const { page, context } = await browser.open('/?refused=sso-disabled', { locale: 'de-DE' });
  await page.getByRole('alert').getByText('Ihr Benutzer ist gesperrt.').waitFor();
  expect(await page.getByRole('link', { name: 'Plant identity' }).getAttribute('href')).toBe('/api/login/oidc');
  await context.close();
});

it('P4: the own password is changed with the old one', async () => {
  const { page, context } = await browser.open('/sessions');
  await page.getByRole('link', { name: 'My account' }).click();
  await page.getByRole('heading', { name: 'My account', level: 1 }).waitFor();
  const form = page.getByRole('form', { name: 'Password' });
  await form.getByLabel('Current password').fill('the old password');
  await form.getByRole('textbox', { name: /^New password/ }).fill('too short');
  await form.getByRole('button', { name: 'Change password' }).click();
  await form.getByText('The password needs at least 12 characters.').waitFor();
  await form.getByRole('textbox', { name: /^New password/ }).fill('a long enough password');
  await form.getByLabel('Repeat new password').fill('a long enough password');
  await form.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('status').getByText('The password has been changed.').waitFor();
  expect(bodies('POST', '/api/account/password')).toEqual([
    { current: 'the old password', wanted: 'a long enough password' },
  ]);
  await context.close();
});

it('P4: new recovery codes and another authenticator are asked for with the password', async () => {
  const { page, context, complaints } = await browser.open('/account', { viewport: PHONE });
  await page.getByText('8 recovery codes are left.').waitFor();
  expect(await page.getByRole('button', { name: 'Remove second factor' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Make new recovery codes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make new recovery codes' });
  browser.cloud.refuse('POST /api/account/recovery-codes', 403, 'password-wrong', 'The password is not right.');
  await dialog.getByLabel('Current password').fill('wrong');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').getByText('The password is not right.').waitFor();
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await dialog.getByLabel('Current password').fill('right');
  await page.keyboard.press('Enter');
  await page
    .getByRole('listitem')
    .getByText(RECOVERY_CODES[0] ?? '')
    .waitFor();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Change authenticator app' }).click();
  await page.getByRole('dialog').getByLabel('Current password').fill('right');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('img', { name: /^QR code/ }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

it('P4: own logins are ended one by one, or all others', async () => {
  const { page, context } = await browser.open('/account');
  const table = page.getByRole('table', { name: 'Active logins' });
  await table.getByText('This login').waitFor();
  await page.getByRole('button', { name: 'End the login from 198.51.100.4' }).click();
  await table.getByText('198.51.100.4').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'End all other logins' }).click();
  await table.getByText('Safari, iOS').waitFor({ state: 'detached' });
  expect(await page.getByRole('button', { name: 'End all other logins' }).count()).toBe(0);
  await context.close();
});

it('C8: an administrator changes the role of a user, disables and enables, and resets password and second factor', async () => {
  const { page, context, complaints } = await browser.open('/users', { viewport: DESKTOP });
  await page.getByRole('link', { name: 'Tom Fischer' }).click();
  await page.getByRole('heading', { name: 'Tom Fischer', level: 1 }).waitFor();
  await page.getByRole('combobox', { name: /^Role/ }).selectOption('remoteConnect Administrator');
  await page.getByRole('button', { name: 'Change role' }).click();
  await page.getByRole('definition').getByText('remoteConnect Administrator').waitFor();
  await page.getByRole('button', { name: 'Reset password' }).click();
  await expect.poll(() => page.getByRole('status', { name: 'Invitation code' }).textContent()).toBe('K7QM-2XRP-9TWD');
  expect(await browser.accessibilityProblems(page)).toEqual([]);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Reset second factor' }).click();
  const reset = page.getByRole('dialog', { name: 'Reset the second factor of Tom Fischer?' });
  await reset.getByRole('button', { name: 'Reset second factor' }).click();
  await reset.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Disable user' }).click();
  const disable = page.getByRole('dialog', { name: 'Disable the user Tom Fischer?' });
  await browser.picture(page, 'desktop-disable-user');
  await disable.getByRole('button', { name: 'Disable user' }).click();
  await page.getByText('Disabled', { exact: true }).waitFor();
  expect(await page.getByRole('button', { name: 'Reset password' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Enable user' }).click();
  await page.getByText('Active', { exact: true }).waitFor();
  expect(bodies('PUT', `/api/users/${TOM}/role`)).toEqual([{ role: 'remoteconnect-administrator' }]);
  expect(bodies('DELETE', `/api/users/${TOM}/second-factor`)).toHaveLength(1);
  expect(complaints).toEqual([]);
  await context.close();
});

it('C8: an invited user gets a new code', async () => {
  const { page, context } = await browser.open(`/users/${JANA}`);
  await page.getByRole('button', { name: 'Invite again' }).click();
  await page.getByRole('heading', { name: 'Hand this invitation code to Jana Novak' }).waitFor();
  await context.close();
});

it('C2: nobody changes their own rights, and only administrators see the page of a user', async () => {
  const { page, context } = await browser.open(`/users/00000000-0000-4000-8000-000000000001`);
  await page.getByText('This is you.').waitFor();
  expect(await page.getByRole('button', { name: 'Change role' }).count()).toBe(0);
  await context.close();
  browser.cloud.state.me = browser.cloud.state.users[3] ?? null;
  const other = await browser.open('/users');
  await other.page.getByRole('cell', { name: 'Tom Fischer', exact: true }).waitFor();
  expect(await other.page.getByRole('link', { name: 'Tom Fischer' }).count()).toBe(0);
  await other.page.goto(`/users/${TOM}`);
  await other.page.getByRole('heading', { name: 'Your role does not include this page.' }).waitFor();
  await other.context.close();
});
