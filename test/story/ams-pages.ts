/** The AMS's page as plant staff see it: elements are found by role and English name. */
import type { Page } from 'playwright-core';

/** @param seen called with the form in sight, before it is filled in */
export async function setFirstPassword(
  page: Page,
  url: string,
  oneTimeCode: string,
  password: string,
  seen: () => Promise<void>,
): Promise<void> {
  await page.goto(url);
  await page.getByLabel('One-time code').waitFor();
  await seen();
  await page.getByLabel('One-time code').fill(oneTimeCode);
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('Repeat new password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('heading', { name: 'Remote access' }).first().waitFor();
}

export async function expectSwitch(page: Page, state: 'on' | 'off'): Promise<void> {
  const name = state === 'off' ? 'Switch on remote access' : 'Switch off remote access';
  await page.getByRole('button', { name }).waitFor();
}

export async function switchOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Switch on remote access' }).click();
  await page.getByRole('button', { name: 'Until switched off' }).click();
  await page.getByText('Remote access is on.').first().waitFor();
}

export async function switchOff(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Switch off remote access' }).click();
  await page.getByText('Remote access is off. All connections have been ended.').first().waitFor();
}

export async function expectOnline(page: Page): Promise<void> {
  await page.getByText(/^Online since/).waitFor();
}

export async function expectConnected(page: Page, user: string): Promise<void> {
  const connection = page.getByRole('listitem').filter({ hasText: user });
  await connection.getByText('Connected', { exact: true }).waitFor();
}

export async function expectPath(page: Page, user: string, path: string): Promise<void> {
  const connection = page.getByRole('listitem').filter({ hasText: user });
  await connection.getByText(path, { exact: true }).waitFor();
}

/** The page says in a sentence why this user's connection is not direct. */
export async function expectRelayReason(page: Page, user: string): Promise<void> {
  const connection = page.getByRole('listitem').filter({ hasText: user });
  const reason = connection.locator('dt', { hasText: 'Why not direct' }).locator('+ dd');
  await reason.filter({ hasText: /\.$/ }).waitFor();
}

export async function readIdentity(
  page: Page,
): Promise<{ readonly registrationId: string; readonly certificate: string }> {
  return {
    registrationId: await page.getByTestId('registration-id').innerText(),
    certificate: await page.getByLabel('Device certificate').inputValue(),
  };
}
