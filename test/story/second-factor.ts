/** An authenticator app, played: the one place where the laboratory's scripts set up a second factor in a browser. */
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';

/** On the page that leads an administrator to set it up: the code is computed from the secret that the page shows. */
export async function enrolSecondFactor(page: Page): Promise<void> {
  const shown = await page.getByLabel('Secret', { exact: true }).innerText();
  const totp = new TOTP({ secret: Secret.fromBase32(shown.replaceAll(/\s/g, '')) });
  await page.getByLabel('Code from the app').fill(totp.generate());
  await page.getByRole('button', { name: 'Confirm code' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
}
