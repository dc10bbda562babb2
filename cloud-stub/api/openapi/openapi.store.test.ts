/** The description of the interface is whole, and so is the list of codes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore } from '../../store/testing.ts';
import { API_BASE } from '../contract/version.ts';
import { PROBLEMS } from '../errors.ts';
import { TestCloud } from '../testing.ts';
import { docsPage } from './docs-page.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept('admin@example.test', (await cloud.firstLogin()).code);
}, 60_000);
afterAll(() => cloud.close());

test('the description names its version, every route with its access, and schemas', async () => {
  const { status, body } = await cloud.call(null, 'GET', '/api/openapi.json');
  expect(status).toBe(200);
  expect(body.openapi).toMatch(/^3\.1\./);
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([`${API_BASE}/sessions`, `${API_BASE}/gateways/{registrationId}`, '/client/v1/redeem']),
  );
  expect(Object.keys(body.paths).every((path) => /^\/(?:api|client)\/v1\//.test(path))).toBe(true);
  const added = body.paths[`${API_BASE}/sessions`].post;
  expect(added.description).toBe('Access: create-sessions.');
  expect(added.security).toEqual([{ login: [] }, { token: [] }]);
  expect(body.paths[`${API_BASE}/users`].post.security).toEqual([{ login: [] }]);
  expect(added.requestBody.content['application/json'].schema.required).toContain('maximumMinutes');
  expect(added.responses['200'].content['application/json'].schema.properties).toHaveProperty('progress');
});

test('the page is there for people, under the policy of the web interface', async () => {
  const answer = await cloud.app.inject({ url: '/api/docs' });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  expect(answer.body).toContain(`POST ${API_BASE}/sessions`);
  expect(answer.body).not.toMatch(/<script|style=/);
  expect((await cloud.app.inject({ url: '/api/docs.css' })).headers['content-type']).toContain('text/css');
});

test('what stands in a description cannot become markup', () => {
  expect(docsPage('<b>', { '/<i>': { get: { description: '"&' } } })).not.toMatch(/<b>|<i>/);
});

test('every path answers with its version, and another version does not exist', async () => {
  expect((await cloud.call('admin@example.test', 'GET', `${API_BASE}/sessions`)).status).toBe(200);
  expect((await cloud.call('admin@example.test', 'GET', '/api/v2/sessions')).status).toBe(404);
});

test('a refusal is problem details with a stable code (RFC 9457)', async () => {
  const { status, body, headers } = await cloud.call('admin@example.test', 'GET', `${API_BASE}/nothing?x=1`);
  expect(status).toBe(404);
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body).toEqual({
    type: '/api/docs#not-found',
    title: PROBLEMS['not-found'][1],
    status: 404,
    detail: PROBLEMS['not-found'][1],
    instance: `${API_BASE}/nothing`,
    code: 'not-found',
  });
});

test('a start that is refused is problem details too', async () => {
  await cloud.addGateway('admin@example.test', 'gw-1');
  const { id } = await cloud.addSession('admin@example.test', ['gw-1']);
  cloud.hub.connected.clear();
  const { body, headers } = await cloud.call('admin@example.test', 'POST', `${API_BASE}/sessions/${id}/start`);
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ status: 409, code: 'preconditions', missing: [{ precondition: 'gateway-offline' }] });
});

test('docs/api.md lists exactly the codes that there are, with their status', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
  const listed = [...text.matchAll(/^\| `([a-z-]+)` +\| (\d{3}) /gm)].map(([, code, status]) => `${code} ${status}`);
  const known = Object.entries(PROBLEMS).map(([code, [status]]) => `${code} ${status}`);
  expect(listed.toSorted()).toEqual(known.toSorted());
});
