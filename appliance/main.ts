/** The AMS: the program. Wires the parts together and ends them in order. */
import { exit, pid } from 'node:process';
import { AccessControl } from './access/access-control.ts';
import { PasswordFile } from './access/password-file.ts';
import { PasswordHasher } from './access/password-hash.ts';
import { Sessions } from './access/sessions.ts';
import { RemoteConnect } from './bus/remote-connect.ts';
import { followSystemBus } from './bus/system-bus.ts';
import { SystemdUnit } from './bus/systemd-unit.ts';
import { type AmsEnvironment, readEnvironment } from './environment.ts';
import { writeConsoleInformation } from './files/console-file.ts';
import { readGatewayIdentity } from './files/gateway-identity.ts';
import { createApplication } from './http/application.ts';
import { inheritedSocket } from './inherited-socket.ts';
import { createLog, type Log, sentenceOf } from './log.ts';
import { OverviewFeed } from './overview.ts';
import { FlagFile } from './switch/flag-file.ts';
import { RemoteConnectSwitch } from './switch/remote-connect-switch.ts';
import { pause } from './timing.ts';
import { fingerprintOf, namesOf } from './tls/certificate.ts';
import { ensureCertificate } from './tls/certificate-files.ts';
import { listenOn, renew } from './tls/tls-server.ts';
import { VERSION } from './version.ts';

const UNIT = 'remoteconnect.service';
const HOUR = 60 * 60_000;
const SECOND = 1000;

const log = createLog();
const wall = () => Date.now();
const monotonic = () => performance.now();

run().catch((error: unknown) => {
  log.error({ problem: sentenceOf(error) }, 'the AMS cannot go on');
  exit(1);
});

async function run(): Promise<void> {
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const end = () => lifetime.abort(new Error('the AMS was stopped'));
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  const descriptor = inheritedSocket(process.env, pid);
  const environment = readEnvironment(process.env);
  const identity = () => readGatewayIdentity(environment);

  const certificate = async () => {
    const { registrationId, settings } = await identity();
    const [lanAddress = ''] = settings.network.lan.address.split('/');
    return ensureCertificate(environment.tls, namesOf({ registrationId, lanAddress }), wall());
  };
  let pair = await certificate();
  const tellConsole = (oneTimeCode: string | null) =>
    writeConsoleInformation(environment.console, { fingerprint: fingerprintOf(pair), oneTimeCode });
  const access = await AccessControl.open({
    file: new PasswordFile(environment.password),
    hasher: new PasswordHasher(),
    monotonic,
    onOneTimeCode: tellConsole,
  });

  const { unit, service, feed, remoteConnect } = gatewayParts(environment, log);
  const sessions = new Sessions(monotonic);
  const app = await createApplication({
    access,
    sessions,
    feed,
    remoteConnect,
    service,
    page: environment.page,
    log,
    certificate: pair,
  });
  await app.ready();
  const { server } = app;
  const tasks = [
    followSystemBus({ address: environment.busAddress, proxies: [unit, service], log }, signal),
    regularly(SECOND, signal, () => remoteConnect.removeExpired()),
    regularly(HOUR, signal, async () => {
      const present = await certificate();
      if (present.certificate === pair.certificate) return;
      pair = present;
      renew(server, pair);
      await tellConsole(access.oneTimeCode);
    }),
  ];
  await listenOn(server, descriptor);
  log.info({ version: VERSION, fingerprint: fingerprintOf(pair) }, 'the AMS serves');
  process.stdout.write('ready\n');

  await Promise.all(tasks);
  feed.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await Promise.all([closed, app.close()]);
  log.info({}, 'the AMS has ended');
}

function gatewayParts(environment: AmsEnvironment, partLog: Log) {
  const changed = () => feed.changed();
  const unit = new SystemdUnit(UNIT, changed);
  const service = new RemoteConnect(changed, partLog);
  const flag = new FlagFile(environment.switchFlag);
  const remoteConnect = new RemoteConnectSwitch({ flag, unit, now: wall, onChange: changed, log: partLog });
  const feed = new OverviewFeed({
    identity: () => readGatewayIdentity(environment),
    switchState: () => remoteConnect.state(),
    service: () => service.status,
    log: partLog,
  });
  return { unit, service, feed, remoteConnect };
}

/** Fulfilled once `signal` is aborted; a failure is told and tried again at its next turn. */
async function regularly(milliseconds: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => log.error({ problem: sentenceOf(error) }, 'a regular check failed'));
    await pause(milliseconds, signal).catch(() => undefined);
  }
}
