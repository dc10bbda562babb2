/** Whatever somebody calls themselves who logs in, one event is one line. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../../store/testing.ts';
import { randomTicket } from '../testing/values.ts';
import { TestCloud } from '../testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
const HOSTILE = [
  'x\r\nLOGIN_OK user=admin\u001b[2K',
  'a@b.example\nLOGIN_OK user=admin',
  'LOGIN_OK root <a@b.example>',
  'a\u009b2J\u2028LOGIN_OK@b.example',
  '","logged-in","LOGIN_OK',
  '=LOGIN_OK()@b.example',
];
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  for (const name of HOSTILE) {
    await cloud.call(null, 'POST', '/api/login', { email: name, password: 'x' });
    await cloud.call(null, 'POST', '/api/login', { email: 'nobody@example.test', password: name });
    await cloud.call(null, 'POST', '/api/invitations/accept', { code: name, password: name });
    await cloud.app.inject({
      ...{ method: 'POST', url: '/client/v1/redeem', headers: { 'user-agent': name.replaceAll(/[^ -~]/g, '\u009b') } },
      payload: { ticket: randomTicket(), client: { version: name, platform: 'linux', computer: name } },
    });
  }
}, 60_000);
afterAll(() => cloud.close());

test.each(['csv', 'jsonl'])(
  'K64: the export as %s has a line for each event, and none that somebody made up',
  async (format) => {
    const { text } = await cloud.download(ADMINISTRATOR, `/api/audit/export?format=${format}`);
    const lines = text.split('\n').slice(0, -1);
    const page = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=1000');
    // The page has the entry of the export itself, too; the file has what stands around the entries.
    expect(lines).toHaveLength(page.body.length - 1 + (format === 'csv' ? 3 : 2));
    for (const line of lines) expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]*\r?$/u);
    expect(text).not.toContain('LOGIN_OK');
  },
);

test('K64: what was tried stands in fields: that a login was refused, for which address, from where', async () => {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?action=login-refused');
  expect(body[0]).toMatchObject({ actor: 'cloud', action: 'login-refused', details: { email: 'nobody@example.test' } });
  const found = await cloud.call(ADMINISTRATOR, 'GET', `/api/audit?search=${encodeURIComponent('LOGIN_OK root')}`);
  expect(found.body).toEqual([]);
});

test("K64: the program's log has nothing of it", () => {
  expect(cloud.errors).toEqual([]);
});
