/** The cloud's web interface as its users see it: elements are found by role and English name. */
import { auditEntry } from '@edgegateway/cloud-stub/api/contract';
import type { Locator, Page } from 'playwright-core';
import { z } from 'zod';
import { enrolSecondFactor } from './second-factor.ts';

export interface Invitation {
  readonly url: string;
  readonly code: string;
}

/** Sets the first password, and the second factor where the cloud demands it. */
export async function acceptInvitation(page: Page, invitation: Invitation, password: string): Promise<void> {
  await page.goto(invitation.url);
  await page.getByLabel('Invitation code').fill(invitation.code);
  await page.getByRole('textbox', { name: /^New password/ }).fill(password);
  await page.getByLabel('Repeat new password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  const enrolment = page.getByRole('heading', { name: 'Set up your second factor', level: 1 });
  const sessions = page.getByRole('heading', { name: 'Sessions', level: 1 });
  await enrolment.or(sessions).waitFor();
  if (await enrolment.isVisible()) await enrolSecondFactor(page);
  await sessions.waitFor();
}

async function open(page: Page, place: 'Sessions' | 'Gateways' | 'Users' | 'Audit log'): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place }).click();
  await page.getByRole('heading', { name: place, level: 1 }).waitFor();
}

export interface GatewayToAdd {
  readonly registrationId: string;
  readonly name: string;
  readonly certificate: string;
}

/** Opens a form that has a page of its own. Required fields carry a star behind their label, so labels match from the start. */
async function openForm(page: Page, place: 'Sessions' | 'Gateways' | 'Users', name: string): Promise<Locator> {
  await open(page, place);
  await page.getByRole('link', { name }).first().click();
  const form = page.getByRole('form', { name });
  await form.waitFor();
  return form;
}

export async function addGateway(page: Page, gateway: GatewayToAdd): Promise<void> {
  const form = await openForm(page, 'Gateways', 'Add gateway');
  await form.getByLabel('Registration ID').fill(gateway.registrationId);
  await form.getByLabel('Name').fill(gateway.name);
  await form.getByLabel('Certificate (PEM)').fill(gateway.certificate);
  await form.getByRole('button', { name: 'Add gateway' }).click();
  await page.getByRole('heading', { name: gateway.name, level: 1 }).waitFor();
}

export async function openGateway(page: Page, name: string): Promise<void> {
  await open(page, 'Gateways');
  await page.getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** On the page of a gateway that is online. @returns what the row of the device with this address says of its services */
export async function searchForDevices(page: Page, address: string): Promise<string> {
  await page.getByRole('button', { name: 'Search now' }).click();
  const row = page
    .getByRole('row')
    .filter({ has: page.getByRole('button', { name: `Add the device ${address}`, exact: true }) });
  await row.waitFor();
  return row.getByRole('cell').nth(2).innerText();
}

export async function addDevice(
  page: Page,
  device: { readonly name: string; readonly address: string },
): Promise<void> {
  await page.getByLabel('Device name').fill(device.name);
  await page.getByLabel('IP address').fill(device.address);
  await page.getByRole('button', { name: 'Add device' }).click();
  await page.getByText(`The device ${device.name} has been added.`).waitFor();
}

/** @returns the one-time invitation code */
export async function addUser(page: Page, user: { readonly name: string; readonly email: string }): Promise<string> {
  const form = await openForm(page, 'Users', 'Add user');
  await form.getByLabel('Name').fill(user.name);
  await form.getByLabel('Email').fill(user.email);
  await form.getByLabel('Role').selectOption({ label: 'remoteConnect User' });
  await form.getByRole('button', { name: 'Add user' }).click();
  await page.getByRole('heading', { name: `Hand this invitation code to ${user.name}` }).waitFor();
  return (await page.getByLabel('Invitation code', { exact: true }).innerText()).trim();
}

export interface SessionToPrepare {
  readonly name: string;
  readonly reason: string;
  readonly device: string;
  readonly user: string;
}

export async function prepareSession(page: Page, session: SessionToPrepare): Promise<void> {
  const form = await openForm(page, 'Sessions', 'Create session');
  await form.getByLabel('Name').first().fill(session.name);
  await form.getByLabel('Reason').fill(session.reason);
  await form.getByRole('checkbox', { name: session.device }).check();
  await form.getByRole('checkbox', { name: session.user }).check();
  await form.getByRole('button', { name: 'Save session' }).click();
  await page.getByRole('heading', { name: session.name, level: 1 }).waitFor();
}

export async function openSession(page: Page, name: string): Promise<void> {
  await open(page, 'Sessions');
  await page.getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** @returns the link that opens the client */
export async function startSession(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Start session' }).click();
  const link = page.getByRole('link', { name: 'Open remoteConnect client' });
  await link.waitFor();
  const address = await link.getAttribute('href');
  if (address === null) throw new Error('The link to open the client has no address.');
  return address;
}

/** On the page of a running session: another address of the same gateway is released in place of the device. */
export async function replaceDevice(page: Page, device: string, address: string): Promise<void> {
  await changeDevices(page, async () => {
    await page.getByRole('checkbox', { name: device }).uncheck();
    await page.getByRole('button', { name: 'Add address' }).click();
    await page.getByRole('group', { name: 'Address 1', exact: true }).getByLabel('IP address').fill(address);
  });
}

/** On the page of a running session: a device is released in addition. */
export async function releaseDevice(page: Page, device: string): Promise<void> {
  await changeDevices(page, () => page.getByRole('checkbox', { name: device }).check());
}

async function changeDevices(page: Page, change: () => Promise<void>): Promise<void> {
  await page.getByRole('link', { name: 'Change devices' }).click();
  await page.getByText('The session is running').waitFor();
  await change();
  await page.getByRole('button', { name: 'Save devices' }).click();
  await page.getByRole('link', { name: 'Change devices' }).waitFor();
}

/** On the page of a running session. */
export async function endSession(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'End session' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
  await page.getByText('Ended', { exact: true }).first().waitFor();
}

export async function openAuditLog(page: Page): Promise<void> {
  await open(page, 'Audit log');
}

/** All entries, newest first, as the page's own login may read them. */
export async function readAuditLog(page: Page): Promise<z.infer<typeof auditEntry>[]> {
  const entries: unknown = await page.evaluate(async () => (await fetch('/api/v1/audit?limit=500')).json());
  return z.array(auditEntry).parse(entries);
}
