import { expect, test } from 'vitest';
import { RelayMetrics } from './relay-metrics.ts';

async function linesOf(metrics: RelayMetrics): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('T4: what was forwarded, dropped and refused is told, however often someone asks', async () => {
  const metrics = new RelayMetrics({ connections: () => 3, sessions: () => 2 });
  metrics.forwarded(4, 5000);
  metrics.forwarded(1, 1300);
  metrics.dropped('queue-time');
  metrics.refused('token-expired');
  metrics.refused('4429');
  const expected = [
    'remoteconnect_relay_connections 3',
    'remoteconnect_relay_sessions 2',
    'remoteconnect_relay_forwarded_frames_total 2',
    'remoteconnect_relay_forwarded_packets_total 5',
    'remoteconnect_relay_forwarded_bytes_total 6300',
    'remoteconnect_relay_dropped_frames_total{reason="queue-time"} 1',
    'remoteconnect_relay_refused_total{code="token-expired"} 1',
    'remoteconnect_relay_refused_total{code="4429"} 1',
  ];
  for (let reading = 0; reading < 2; reading += 1)
    expect(await linesOf(metrics)).toEqual(expect.arrayContaining(expected));
});

test('T4: the time that frames waited is told in seconds', async () => {
  const metrics = new RelayMetrics({ connections: () => 0, sessions: () => 0 });
  for (const milliseconds of [0.2, 4, 40]) metrics.waited(milliseconds);
  const lines = await linesOf(metrics);
  expect(lines).toContain('remoteconnect_relay_queue_seconds_bucket{le="0.005"} 2');
  expect(lines).toContain('remoteconnect_relay_queue_seconds_count 3');
});
