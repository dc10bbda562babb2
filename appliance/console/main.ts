/** The page on the gateway's screen and serial port. It has no network: it reads files and asks the system bus. */
import { argv, exit } from 'node:process';
import { GATEWAY_PATHS } from '@edgegateway/protocol/gateway-files';
import { followSystemBus } from '../bus/system-bus.ts';
import { SystemdUnit } from '../bus/systemd-unit.ts';
import { readEnvironment } from '../environment.ts';
import { readIfPresent } from '../files/atomic-file.ts';
import { parseConsoleInformation } from '../files/console-file.ts';
import { parseSettings } from '../files/gateway-identity.ts';
import { createLog, sentenceOf } from '../log.ts';
import { pause } from '../timing.ts';
import { VERSION } from '../version.ts';
import { NetworkProxy } from './network-proxy.ts';
import { consolePage } from './page.ts';
import { Screens } from './screens.ts';

const PLANT_INTERFACE = 'lan0';
const SCREENS = ['/dev/tty1', '/dev/ttyS0'];
const LOOK_MILLISECONDS = 1000;

const log = createLog();
/** The page is made anew every second anyway. */
const unchanged = () => undefined;

run().catch((error: unknown) => {
  log.error({ problem: sentenceOf(error) }, 'the console page cannot go on');
  exit(1);
});

async function run(): Promise<void> {
  const lifetime = new AbortController();
  const { signal } = lifetime;
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => lifetime.abort(new Error('stopped')));
  const { settings, busAddress } = readEnvironment(process.env);
  const ams = new SystemdUnit('ams.service', unchanged);
  const remoteConnect = new SystemdUnit('remoteconnect.service', unchanged);
  const network = new NetworkProxy(PLANT_INTERFACE, log);
  const screens = new Screens(argv.length > 2 ? argv.slice(2) : SCREENS, log);

  const page = async () => {
    const [information, settingsText, told] = await Promise.all([
      readIfPresent(GATEWAY_PATHS.console).then(parseConsoleInformation),
      readIfPresent(settings),
      network.addresses(),
    ]);
    const [configured = ''] = parseSettings(settingsText).network.lan.address.split('/');
    return consolePage({
      version: VERSION,
      addresses: told.length > 0 ? told : [configured],
      fingerprint: information?.fingerprint ?? null,
      oneTimeCode: information?.oneTimeCode ?? null,
      ams: ams.state,
      remoteConnect: remoteConnect.state,
    });
  };
  const paint = async () => {
    while (!signal.aborted) {
      await screens.show(await page());
      await pause(LOOK_MILLISECONDS, signal).catch(() => undefined);
    }
  };
  await Promise.all([
    followSystemBus({ address: busAddress, proxies: [ams, remoteConnect, network], log }, signal),
    paint(),
  ]);
}
