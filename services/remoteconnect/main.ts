/**
 * remoteconnect.service: the program. Wires the parts together, keeps time, ends in order.
 *
 * Exit status: 0 after SIGTERM, 77 when remoteConnect is not on, 1 when it cannot go on.
 */
import { networkInterfaces } from 'node:os';
import { HUB_ENDPOINT } from '@edgegateway/protocol/network-endpoints';
import { visibleLines } from '@edgegateway/protocol/visible-json';
import { giveEachAddressTime } from '@edgegateway/tunnel/io/address-attempts';
import { removeEverything } from '@edgegateway/tunnel/linux/cleanup';
import { readWayOut } from '@edgegateway/tunnel/linux/way-out';
import { destination, pino } from 'pino';
import { ServiceError, sentenceOf } from '../errors.ts';
import { AssignmentStore } from '../provisioning/assignment.ts';
import { azureRegistrar } from '../provisioning/azure-registrar.ts';
import { readIdentity, readRegistrationId } from '../provisioning/identity.ts';
import { pause, systemClock } from '../timing.ts';
import { GatewayBusService } from './bus/gateway-bus-service.ts';
import { azureHubConnector } from './cloud/azure-hub-connector.ts';
import { loadEncapsulationKey } from './encapsulation-key.ts';
import { readEnvironment, type ServiceEnvironment } from './environment.ts';
import { gatewayScanner } from './gateway-scanner.ts';
import { gatewayTunnelParts } from './gateway-tunnel-parts.ts';
import { type ServiceLog, tunnelLog } from './log.ts';
import { Outbox } from './outbox/outbox.ts';
import { RemoteConnectService } from './remote-connect-service.ts';
import { ServiceManager } from './service-manager.ts';
import { EndedSessionsFile } from './sessions/ended-sessions.ts';
import { PlantDecisionsFile } from './sessions/plant-decisions.ts';
import { TakenSessionsFile } from './sessions/taken-sessions.ts';
import { Switch, type SwitchPosition } from './switch-flag.ts';
import { takenAddresses } from './taken-addresses.ts';
import { loadWireguardKey } from './wireguard-key.ts';

interface Ending {
  readonly status: 0 | 1 | 77;
  readonly reason: string;
}

interface Timekeeping {
  readonly service: RemoteConnectService;
  readonly flag: Switch;
  readonly manager: ServiceManager;
  /** The switching on that the service was started for. */
  readonly switchOnId: string;
  readonly end: (ending: Ending) => void;
}

const TICK_MILLISECONDS = 1000;

// Synchronous: what is logged last must not be lost.
const log = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime },
  visibleLines(destination({ dest: 1, sync: true })),
);

giveEachAddressTime();
run().then(
  (status) => process.exit(status),
  (error: unknown) => {
    log.fatal({ code: error instanceof ServiceError ? error.code : 'unexpected' }, sentenceOf(error));
    process.exit(1);
  },
);

async function run(): Promise<Ending['status']> {
  // Keys and the queue are nobody else's to read, whatever the unit file says.
  process.umask(0o077);
  const { promise: ending, resolve: end } = Promise.withResolvers<Ending>();
  process.on('SIGTERM', () => end({ status: 0, reason: 'the service was stopped' }));
  process.on('SIGINT', () => end({ status: 0, reason: 'the service was stopped' }));
  const environment = readEnvironment(process.env);
  const flag = new Switch(environment.switchFlag, systemClock);
  const position = await readSwitch(flag);
  if (position.position === 'off') {
    log.info({}, `not started: ${position.reason}`);
    return 77;
  }
  await removeEverything(environment.tunnelInterface);
  const manager = new ServiceManager({
    socket: environment.notifySocket,
    watchdogMilliseconds: environment.watchdogMilliseconds,
    clock: systemClock,
    log,
  });
  const outbox = new Outbox({ path: environment.outbox, clock: systemClock });
  const lifetime = new AbortController();
  try {
    const service: RemoteConnectService = await createService(environment, outbox, position.id, {
      onStatus: () => {
        bus.publish();
        void manager.status(`cloud: ${service.link.state}`);
      },
      onFatal: (error) => {
        log.fatal({ code: error.code }, error.message);
        end({ status: 1, reason: 'the service failed' });
      },
    });
    const bus = new GatewayBusService({
      address: environment.busAddress,
      log,
      status: () => service.status(),
      endSession: (sessionId, by) => service.endSession(sessionId, by),
      approve: (sessionId, clientPublicKey, by) => service.approve(sessionId, clientPublicKey, by),
      refuse: (sessionId, clientPublicKey, by, words) => service.refuse(sessionId, clientPublicKey, by, words),
    });
    const busTried = new Promise<void>((tried) => {
      bus.run(lifetime.signal, tried).catch((error: unknown) => {
        end({ status: 1, reason: `the bus interface failed: ${sentenceOf(error)}` });
      });
    });
    service.start(position.until);
    // Whoever switches off now must not wait for a bus that does not answer.
    await Promise.race([busTried, ending]);
    await manager.ready();
    process.stdout.write('ready\n');
    keepTime({ service, flag, manager, switchOnId: position.id, end }, lifetime.signal).catch((error: unknown) => {
      if (!lifetime.signal.aborted) end({ status: 1, reason: sentenceOf(error) });
    });
    const { status, reason } = await ending;
    lifetime.abort(new Error(reason));
    const told = status === 0 ? await reasonOfStop(flag, reason) : reason;
    log.info({ status }, `stopping: ${told}`);
    await Promise.all([service.stop(told), manager.stopping()]);
    return status;
  } finally {
    outbox.close();
  }
}

async function createService(
  environment: ServiceEnvironment,
  outbox: Outbox,
  switchOnId: string,
  listeners: { readonly onStatus: () => void; readonly onFatal: (error: ServiceError) => void },
): Promise<RemoteConnectService> {
  const key = await loadWireguardKey(environment.wireguardKey, log);
  const encapsulation = await loadEncapsulationKey(environment.encapsulationKey, log);
  const endedFile = new EndedSessionsFile(environment.endedSessions);
  const decisionsFile = new PlantDecisionsFile(environment.plantDecisions);
  const takenFile = new TakenSessionsFile(environment.takenSessions);
  const readTakenAddresses = async () => takenAddresses(networkInterfaces(), await readWayOut(), environment);
  return new RemoteConnectService({
    cloud: {
      readIdentity: () => readIdentity(environment.identity),
      registrar: azureRegistrar,
      assignments: new AssignmentStore(environment.assignment),
      connector: azureHubConnector,
      hubPort: HUB_ENDPOINT.port,
    },
    parts: gatewayTunnelParts(environment, key.privateKey, log),
    scanner: gatewayScanner(environment, tunnelLog(log)),
    outbox,
    endedFile,
    ended: await endedFile.read(),
    decisionsFile,
    decisions: await decisionsFile.read(),
    takenFile,
    taken: await takenFile.read(),
    switchOnId,
    publicKey: key.publicKey,
    encapsulation,
    plantInterface: environment.plantInterface,
    readTakenAddresses,
    takenAddresses: await readTakenAddresses(),
    registrationId: await registrationIdOrNull(environment, log),
    clock: systemClock,
    log,
    ...listeners,
  });
}

/** The main loop; the watchdog is fed by it and by nothing else. */
async function keepTime({ service, flag, manager, switchOnId, end }: Timekeeping, signal: AbortSignal): Promise<void> {
  for (;;) {
    const position = await readSwitch(flag);
    if (position.position === 'off') {
      end({ status: 77, reason: position.reason });
      return;
    }
    if (position.id !== switchOnId) {
      // So quickly that systemd did not stop it in between; it is started anew.
      end({ status: 0, reason: 'remoteConnect was switched off and on at the plant' });
      return;
    }
    await service.tick(position.until);
    manager.progress();
    await pause(TICK_MILLISECONDS, signal);
  }
}

/** A flag that cannot be read is none: off is the safe side. */
async function readSwitch(flag: Switch): Promise<SwitchPosition> {
  try {
    return await flag.read();
  } catch (error) {
    log.error({ code: error instanceof ServiceError ? error.code : 'unexpected' }, sentenceOf(error));
    return { position: 'off', reason: 'the switch file cannot be used' };
  }
}

/** systemd stops the service for many reasons; the flag tells whether the plant wanted it. */
async function reasonOfStop(flag: Switch, otherwise: string): Promise<string> {
  const position = await readSwitch(flag);
  return position.position === 'off' ? position.reason : otherwise;
}

async function registrationIdOrNull(environment: ServiceEnvironment, serviceLog: ServiceLog): Promise<string | null> {
  try {
    return await readRegistrationId(environment.identity);
  } catch (error) {
    serviceLog.error({ code: error instanceof ServiceError ? error.code : 'unexpected' }, sentenceOf(error));
    return null;
  }
}
