/** What polkit and systemd let the AMS's user do on the system bus: switch remoteConnect, and nothing else. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Container } from '../lab/container/container.ts';
import { until } from '../lab/until.ts';
import { type BootedGateway, bootGateway } from './booted-gateway.ts';

const UNIT = 'remoteconnect.service';
const RULES = '/usr/share/polkit-1/rules.d/00-edgegateway.rules';
const FLAG = '/var/lib/edgegateway/switch/remoteconnect-on';
const FLAG_TEXT = JSON.stringify({ id: randomUUID(), until: null });
/** A transient unit that got through would leave it. */
const TRACE = '/run/transient-unit-ran';

const MANAGER = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];
const LOGIN = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager'];
const NETWORK = ['org.freedesktop.network1', '/org/freedesktop/network1', 'org.freedesktop.network1.Manager'];

let booted: BootedGateway;
let container: Container;

beforeAll(async () => {
  booted = await bootGateway('ri');
  container = booted.gateway.container;
  // As the AMS leaves it: without the flag systemd would skip the unit.
  await container.run(['sh', '-c', `echo '${FLAG_TEXT}' >${FLAG}`], 'ams');
});

afterAll(() => booted?.close());

function call(target: readonly string[], method: string, ...argv: readonly string[]): Promise<string> {
  return container.run(['busctl', 'call', '--', ...target, method, ...argv], 'ams');
}

async function activeState(): Promise<string> {
  return (await container.run(['systemctl', 'show', '--value', '--property=ActiveState', UNIT])).trim();
}

/** `touch TRACE` as the only command of a unit, in busctl's notation. */
function transientUnit(name: string): readonly string[] {
  const command = ['ExecStart', 'a(sasb)', '1', '/usr/bin/touch', '2', '/usr/bin/touch', TRACE, 'false'];
  return ['ssa(sv)a(sa(sv))', name, 'replace', '1', ...command, '0'];
}

describe('the user ams', () => {
  test.each([
    ['StartUnit', 'active'],
    ['RestartUnit', 'active'],
    ['StopUnit', 'inactive'],
  ])('may call %s for remoteconnect.service (G3)', async (method, state) => {
    await call(MANAGER, method, 'ss', UNIT, 'replace');
    await until(`remoteConnect is ${state}`, async () => (await activeState()) === state);
  });

  const refused: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
    ['start another unit', MANAGER, 'StartUnit', ['ss', 'systemd-timesyncd.service', 'replace']],
    ['stop the firewall', MANAGER, 'StopUnit', ['ss', 'edgegateway-firewall.service', 'replace']],
    [
      'stop who watches over the firewall',
      MANAGER,
      'StopUnit',
      ['ss', 'edgegateway-firewall-watch.service', 'replace'],
    ],
    ['restart itself', MANAGER, 'RestartUnit', ['ss', 'ams.service', 'replace']],
    ['reload the unit', MANAGER, 'ReloadUnit', ['ss', UNIT, 'replace']],
    ['kill the unit', MANAGER, 'KillUnit', ['ssi', UNIT, 'all', '9']],
    ['change properties of the unit', MANAGER, 'SetUnitProperties', ['sba(sv)', UNIT, 'true', '0']],
    ['enable the unit', MANAGER, 'EnableUnitFiles', ['asbb', '1', UNIT, 'false', 'true']],
    ['disable the unit', MANAGER, 'DisableUnitFiles', ['asb', '1', UNIT, 'false']],
    ['mask the unit', MANAGER, 'MaskUnitFiles', ['asbb', '1', UNIT, 'false', 'true']],
    ['link a unit file of its own', MANAGER, 'LinkUnitFiles', ['asbb', '1', '/tmp/own.service', 'false', 'true']],
    ['run a transient unit', MANAGER, 'StartTransientUnit', transientUnit('own.service')],
    ['set the environment of units', MANAGER, 'SetEnvironment', ['as', '1', 'NODE_OPTIONS=--inspect']],
    ['make systemd read its units again', MANAGER, 'Reload', []],
    ['power off by systemd', MANAGER, 'PowerOff', []],
    ['power off by logind', LOGIN, 'PowerOff', ['b', 'false']],
    ['reconfigure the network', NETWORK, 'Reload', []],
  ];
  test.each(refused)('is refused to %s', async (_what, target, method, argv) => {
    await expect(call(target, method, ...argv)).rejects.toThrow(/Access denied/);
  });

  // polkit sees this unit's name and an allowed verb here, and says yes; systemd does not replace what has a unit file.
  test('is refused a transient unit under the name of the unit that it may start', async () => {
    await expect(call(MANAGER, 'StartTransientUnit', ...transientUnit(UNIT))).rejects.toThrow(/fragment file/);
  });

  test('has run nothing of its own by all that', async () => {
    expect(await container.succeeds(['test', '-e', TRACE])).toBe(false);
  });
});

test('every unit that the polkit rule names has a unit file, and is named as a whole', async () => {
  const rule = await container.read(RULES);
  const asked = rule.match(/lookup\('unit'\)/g) ?? [];
  const named = [...rule.matchAll(/lookup\('unit'\) === '([^']+)'/g)].map(([, name = '']) => name);
  expect(named).toEqual([UNIT]);
  expect(named.length, 'no pattern, no other comparison').toBe(asked.length);
  for (const name of named) {
    const path = await container.run(['systemctl', 'show', '--value', '--property=FragmentPath', name]);
    expect(path).toMatch(/^\/usr\/lib\/systemd\/system\//);
  }
});
