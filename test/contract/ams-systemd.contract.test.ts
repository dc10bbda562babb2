/** The AMS against a systemd that is slow, answers in another order, or does not finish what it was asked for. */
import { existsSync } from 'node:fs';
import { followSystemBus } from '@edgegateway/appliance/bus/system-bus';
import { SystemdUnit } from '@edgegateway/appliance/bus/systemd-unit';
import { amsError, overview } from '@edgegateway/appliance/contract';
import { FlagFile } from '@edgegateway/appliance/switch/flag-file';
import { RemoteConnectSwitch } from '@edgegateway/appliance/switch/remote-connect-switch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { AmsFixture } from './ams-fixture.ts';

const ON = { on: true, forMinutes: null };
const OFF = { on: false };

const ignore = () => undefined;
const log = { info: ignore, warn: ignore, error: ignore };

let ams: AmsFixture;

beforeEach(async () => {
  ams = await AmsFixture.create();
  await ams.startBus();
});

afterEach(() => ams.close());

async function switchState() {
  return overview.parse((await ams.ask('GET', '/api/overview')).json()).remoteConnect;
}

async function everythingRuns(...faults: readonly string[]): Promise<void> {
  await ams.startSystemd({}, faults);
  await ams.startAms();
  await ams.setUp();
  await until('the switch is off', async () => (await switchState()).state === 'off');
}

test('two units on one connection are both told', async () => {
  await ams.startSystemd({}, []);
  const end = new AbortController();
  const units = [1, 2].map(() => new SystemdUnit('remoteconnect.service', ignore));
  const following = followSystemBus({ address: ams.busAddress, proxies: units, log }, end.signal);
  await until('systemd has told both states', () => units.every(({ state }) => state?.activeState === 'inactive'));
  end.abort();
  await following;
});

describe('over HTTPS', () => {
  test.each(['timeout', 'dependency'])('a start job that ends with %s leaves no flag and is told', async (result) => {
    await everythingRuns('--start-job', result);
    const answer = await ams.ask('PUT', '/api/remoteconnect', ON);
    expect([answer.status, amsError.parse(answer.json()).code]).toEqual([502, 'switching-failed']);
    expect(existsSync(ams.flagFile)).toBe(false);
    expect(await switchState()).toEqual({ state: 'off' });
  });

  test('a stop job that ends with timeout is told, and the service is never shown as off while it runs', async () => {
    await everythingRuns('--stop-job', 'timeout');
    await ams.ask('PUT', '/api/remoteconnect', ON);
    const answer = await ams.ask('PUT', '/api/remoteconnect', OFF);
    expect([answer.status, amsError.parse(answer.json()).code]).toEqual([502, 'switching-failed']);
    expect(existsSync(ams.flagFile)).toBe(false);
    expect(await switchState()).toEqual({ state: 'switching-off' });
  });

  test.each([
    ['a job is over before the answer that names it', ['--answer-after-job']],
    ['every answer is late', ['--answer-delay', '150']],
  ])('on and off are carried out when %s', async (_case, faults) => {
    await everythingRuns(...faults);
    const on = await ams.ask('PUT', '/api/remoteconnect', ON);
    expect(overview.parse(on.json()).remoteConnect).toEqual({ state: 'on', until: null });
    const off = await ams.ask('PUT', '/api/remoteconnect', OFF);
    expect(overview.parse(off.json()).remoteConnect).toEqual({ state: 'off' });
    expect(existsSync(ams.flagFile)).toBe(false);
  });
});

describe('a job that never finishes', () => {
  let end: AbortController;
  let following: Promise<void>;

  beforeEach(() => {
    end = new AbortController();
  });

  afterEach(async () => {
    end.abort(new Error('the test is over'));
    await following;
  });

  /** The switch on the real bus, with time-outs that a test can wait for. */
  async function switchWith(...faults: readonly string[]): Promise<RemoteConnectSwitch> {
    await ams.startSystemd({}, faults);
    const unit = new SystemdUnit('remoteconnect.service', ignore, { StartUnit: 3000, StopUnit: 300 });
    following = followSystemBus({ address: ams.busAddress, proxies: [unit], log }, end.signal);
    await until('systemd has told its state', () => unit.state !== null);
    return new RemoteConnectSwitch({ flag: new FlagFile(ams.flagFile), unit, now: Date.now, onChange: ignore, log });
  }

  test('a start ends in the AMS’s own time-out, without flag, and the state is off', async () => {
    const remoteConnect = await switchWith('--start-job', 'never');
    await expect(remoteConnect.on(null)).rejects.toMatchObject({ code: 'switching-failed' });
    expect(existsSync(ams.flagFile)).toBe(false);
    expect(await remoteConnect.state()).toEqual({ state: 'off' });
  });

  test('a stop ends in the AMS’s own time-out, without flag, and the state says that the service still runs', async () => {
    const remoteConnect = await switchWith('--stop-job', 'never');
    await remoteConnect.on(null);
    expect(await remoteConnect.state()).toEqual({ state: 'on', until: null });
    await expect(remoteConnect.off()).rejects.toMatchObject({ code: 'switching-failed' });
    expect(existsSync(ams.flagFile)).toBe(false);
    expect(await remoteConnect.state()).toEqual({ state: 'switching-off' });
  });
});
