import { request } from 'node:https';
import { overview } from '@edgegateway/appliance/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { AmsFixture } from './ams-fixture.ts';

let ams: AmsFixture;

beforeEach(async () => {
  ams = await AmsFixture.create();
  await ams.startBus();
  await ams.startSystemd();
  await ams.startAms();
  await ams.setUp();
});

afterEach(() => ams.close());

test('the event stream tells the overview at once and on every change, and ends with the login', async () => {
  const seen: string[] = [];
  let ended = false;
  const stream = request(
    {
      ...{ host: '127.0.0.1', port: ams.port, path: '/api/events', rejectUnauthorized: false, agent: false },
      headers: { cookie: ams.cookie ?? '' },
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events)
          if (event.startsWith('data: ')) seen.push(overview.parse(JSON.parse(event.slice(6))).remoteConnect.state);
      });
      response.on('close', () => {
        ended = true;
      });
    },
  );
  stream.on('error', () => undefined);
  stream.end();
  try {
    await until('the switch is told as off', () => seen.includes('off'));
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    await until('the switch is told as on', () => seen.includes('on'));
    await ams.ask('POST', '/api/logout');
    await until('the stream has ended', () => ended);
    expect(seen.indexOf('off')).toBeLessThan(seen.indexOf('on'));
  } finally {
    stream.destroy();
  }
});
