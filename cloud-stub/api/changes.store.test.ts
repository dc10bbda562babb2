/** The event stream tells what changed, and to nobody more than they may see. */
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { change } from './contract.ts';
import { TestCloud } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

const ADMINISTRATOR = 'admin@example.test';
const TECHNICIAN = 'tina@example.test';
let cloud: TestCloud;

beforeAll(async () => {
  // What beats in between is up to the test.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addPerson(ADMINISTRATOR, TECHNICIAN, 'remoteconnect-user');
}, 60_000);
afterAll(async () => {
  await cloud.close();
  vi.useRealTimers();
});

const HEARTBEAT = 20_000;
const STILL_HERE = ': still here';

async function watch(as: string): Promise<unknown[]> {
  return seenIn(await cloud.stream(as, '/api/events'));
}

function seenIn(stream: Readable): unknown[] {
  const seen: unknown[] = [];
  stream.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n'))
      if (line === STILL_HERE) seen.push(STILL_HERE);
      else if (line.startsWith('data: ')) seen.push(change.parse(JSON.parse(line.slice('data: '.length))));
  });
  return seen;
}

test('an administrator is told which gateway has changed, a remoteConnect User only that one has', async () => {
  const administrator = await watch(ADMINISTRATOR);
  const technician = await watch(TECHNICIAN);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
  await vi.waitFor(() => expect(administrator).toContainEqual({ topic: 'gateways', id: 'gw-1' }), PATIENCE);
  await vi.waitFor(() => expect(technician).toContainEqual({ topic: 'gateways', id: null }), PATIENCE);
  expect(administrator).toContainEqual({ topic: 'audit', id: null });
  expect(technician).not.toContainEqual({ topic: 'audit', id: null });
});

test('C2: whoever loses rights is told no more than the new role allows, though the access token stays good', async () => {
  const email = 'former@example.test';
  const { id } = await cloud.addPerson(ADMINISTRATOR, email, 'remoteconnect-administrator');
  const wanted = { name: 'watch', scopes: ['read'], days: 1 };
  const { token } = (await cloud.call(email, 'POST', '/api/access-tokens', wanted)).body;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await cloud.app.inject({ url: '/api/events', headers, payloadAsStream: true });
  const seen = seenIn(answer.stream());
  await cloud.call(ADMINISTRATOR, 'PUT', `/api/users/${id}/role`, { role: 'remoteconnect-user' });
  await vi.waitFor(() => expect(seen).toContainEqual({ topic: 'users', id }), PATIENCE);
  await vi.advanceTimersByTimeAsync(HEARTBEAT);
  await vi.waitFor(() => expect(seen).toContain(STILL_HERE), PATIENCE);
  await cloud.addGateway(ADMINISTRATOR, 'gw-2');
  await vi.waitFor(() => expect(seen).toContainEqual({ topic: 'gateways', id: null }), PATIENCE);
  expect(seen).not.toContainEqual({ topic: 'gateways', id: 'gw-2' });
});

test('a stream ends with its login', async () => {
  const email = 'gone@example.test';
  const { id } = await cloud.addPerson(ADMINISTRATOR, email, 'remoteconnect-user');
  const stream = await cloud.stream(email, '/api/events');
  const ended = new Promise((resolve) => stream.once('end', resolve));
  stream.resume();
  await cloud.call(ADMINISTRATOR, 'POST', `/api/users/${id}/disable`);
  await vi.advanceTimersByTimeAsync(HEARTBEAT);
  await ended;
});
