/** What an operator sees of a process: whether it lives, whether it is ready, and its metrics. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { CloudMetrics } from './cloud-metrics.ts';
import { TestCloud } from './testing.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await TestCloud.create(await openTestStore());
}, 60_000);
afterEach(() => cloud.close());

test('a process that leads with its store at hand is alive and ready, for anyone', async () => {
  expect(await cloud.call(null, 'GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  const { status, body } = await cloud.call(null, 'GET', '/health/ready');
  expect([status, body]).toEqual([200, { store: 'ok', hub: 'leads' }]);
});

test('without its store a process is alive, but not ready', async () => {
  const gone = vi.spyOn(cloud.store.read, 'getExecutor').mockImplementation(() => {
    throw new Error('gone');
  });
  const { status, body } = await cloud.call(null, 'GET', '/health/ready');
  gone.mockRestore();
  expect([status, body]).toEqual([503, { store: 'failed', hub: 'leads' }]);
});

test('the metrics count what is there, and name routes by their pattern only', async () => {
  const metrics = new CloudMetrics(cloud.store, { clients: () => 3, leads: () => true });
  await cloud.accept('admin@example.test', (await cloud.firstLogin()).code);
  await cloud.addGateway('admin@example.test', 'gw-1');
  const { id } = await cloud.addSession('admin@example.test', ['gw-1']);
  await cloud.call('admin@example.test', 'POST', `/api/sessions/${id}/start`);
  const text = await metrics.text();
  expect(text).toContain('remoteconnect_cloud_clients 3');
  expect(text).toContain('remoteconnect_cloud_leads 1');
  expect(text).toContain('remoteconnect_cloud_gateways 1');
  expect(text).toContain('remoteconnect_cloud_connected_gateways 1');
  expect(text).toContain('remoteconnect_cloud_running_sessions 1');
  const own = (await cloud.cloud?.metrics.text()) ?? '';
  expect(own).toContain(
    'remoteconnect_cloud_request_seconds_count{method="POST",route="/api/sessions/:id/start",status="200"} 1',
  );
  expect(own).not.toContain(id);
});
