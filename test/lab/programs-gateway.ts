/**
 * The gateway's programs in the namespace `gateway`, without its image: the same AMS and the same service, started by a
 * stand-in for systemd on a private bus. WireGuard is wireguard-go, because the host's kernel need not have the module.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { consoleInformation, type GatewaySettings } from '@edgegateway/protocol/gateway-files';
import { CommandError, runCommand } from '@edgegateway/tunnel/linux/run-command';
import { BUNDLED } from './bundled-programs.ts';
import { FORGET_PATH_MTU, GATEWAY_TABLES, hangCommand, type LabGateway } from './gateway.ts';
import { processesOf } from './namespace-processes.ts';
import { LAB_ADDRESSES, type PlantNetwork } from './network.ts';
import { SupervisedProcess } from './supervised-process.ts';
import { startSystemBus } from './system-bus.ts';
import { until } from './until.ts';
import { BUILT_AMS_UI } from './user-interfaces.ts';

const root = join(import.meta.dirname, '../..');
const ON_THE_IMAGE = join(root, 'image/mkosi/mkosi.extra/usr/lib/edgegateway');
const IDENTITY = join(ON_THE_IMAGE, 'make-identity');
const STOP_TRAFFIC = join(ON_THE_IMAGE, 'stop-traffic');
const REMOVE_TUNNEL = join(ON_THE_IMAGE, 'remove-tunnel');

export interface ProgramsGatewayOptions {
  readonly network: PlantNetwork;
  readonly workDirectory: string;
  readonly logDirectory: string;
  readonly idScope: string;
  readonly caFile: string;
  /** wireguard-go's control sockets are shared by all namespaces of a host: no two laboratories use one name. */
  readonly interfaceName: string;
}

export async function startProgramsGateway(options: ProgramsGatewayOptions): Promise<LabGateway> {
  const { network, workDirectory, logDirectory, interfaceName } = options;
  const namespace = network.namespaces.gateway;
  const shared = join(workDirectory, 'edgegateway');
  const amsRuntime = join(workDirectory, 'run-ams');
  const switchFlag = join(shared, 'switch/remoteconnect-on');
  await provision(options, shared);
  await mkdir(amsRuntime, { recursive: true });

  const bus = await startSystemBus(workDirectory, logDirectory);
  const started: { stop(): Promise<void> }[] = [{ stop: () => bus.close() }];
  const close = async (): Promise<void> => {
    for (const program of started.toReversed()) await program.stop();
  };
  const environment = {
    DBUS_SYSTEM_BUS_ADDRESS: bus.address,
    EDGEGATEWAY_DIRECTORY: shared,
    EDGEGATEWAY_WIREGUARD: 'wireguard-go',
    EDGEGATEWAY_TUNNEL_INTERFACE: interfaceName,
    EDGEGATEWAY_PLANT_INTERFACE: 'lan0',
  };
  const inNamespace = ['netns', 'exec', namespace];
  try {
    started.push(
      await SupervisedProcess.start({
        name: 'systemd',
        command: 'ip',
        argv: [
          ...[...inNamespace, execPath, join(import.meta.dirname, 'fake-systemd/main.ts')],
          ...['--unit', 'remoteconnect.service', '--condition', switchFlag],
          ...['--command', JSON.stringify([execPath, BUNDLED.remoteconnect])],
          ...['--stop', JSON.stringify([STOP_TRAFFIC, interfaceName])],
          ...['--stop-post', JSON.stringify([REMOVE_TUNNEL, interfaceName])],
        ],
        environment: { ...environment, STATE_DIRECTORY: join(workDirectory, 'remoteconnect') },
        readyWhen: /^ready/,
        logDirectory,
      }),
    );
    started.push(
      await SupervisedProcess.start({
        name: 'ams',
        command: 'ip',
        argv: [
          ...[...inNamespace, 'systemd-socket-activate', `--listen=${LAB_ADDRESSES.ams}:443`],
          ...Object.entries({
            ...environment,
            STATE_DIRECTORY: join(workDirectory, 'ams'),
            RUNTIME_DIRECTORY: amsRuntime,
            AMS_UI: BUILT_AMS_UI,
          }).map(([name, value]) => `--setenv=${name}=${value}`),
          ...[execPath, join(root, 'appliance/main.ts')],
        ],
        readyWhen: /^ready/,
        // systemd-socket-activate(1) starts the program with the first connection.
        onLine: (line) => {
          if (line.startsWith('Listening on')) void knock(network.namespaces.plant);
        },
        logDirectory,
      }),
    );
  } catch (error) {
    await close();
    throw error;
  }

  const signalService = async (signal: NodeJS.Signals): Promise<void> => {
    for (const pid of await servicePids(namespace)) kill(pid, signal);
  };
  return {
    async console() {
      return until('the console shows the one-time code', async () => {
        const text = await readFile(join(amsRuntime, 'console.json'), 'utf8');
        const { fingerprint, oneTimeCode } = consoleInformation.parse(JSON.parse(text));
        return oneTimeCode === null ? undefined : { fingerprint, oneTimeCode };
      });
    },
    killService: () => signalService('SIGKILL'),
    pauseService: () => signalService('SIGSTOP'),
    resumeService: () => signalService('SIGCONT'),
    async hangService() {
      const commands = (await servicePids(namespace)).map((pid) => hangCommand(String(pid)));
      await Promise.all(commands.map((command) => runCommand('env', command)));
    },
    async flushFirewall() {
      await runCommand('ip', ['netns', 'exec', namespace, 'nft', 'flush', 'ruleset']);
    },
    async forgetPathMtu() {
      await runCommand('ip', ['netns', 'exec', namespace, ...FORGET_PATH_MTU]);
    },
    async tunnelTraces() {
      const [interfaceExists, ...tables] = await Promise.all([
        succeeds(['-n', namespace, 'link', 'show', 'dev', interfaceName]),
        ...GATEWAY_TABLES.map((table) => succeeds(['netns', 'exec', namespace, 'nft', 'list', 'table', 'inet', table])),
      ]);
      return { interfaceExists, tableExists: tables.includes(true) };
    },
    close,
  };
}

/** What first boot and the integrator's stick leave behind: identity, settings and the cloud's authority. */
async function provision(options: ProgramsGatewayOptions, shared: string): Promise<void> {
  await mkdir(join(shared, 'switch'), { recursive: true });
  for (const name of ['remoteconnect', 'ams']) await mkdir(join(options.workDirectory, name), { recursive: true });
  const settings: Partial<GatewaySettings> = { idScope: options.idScope };
  await writeFile(join(shared, 'settings.json'), JSON.stringify(settings));
  await copyFile(options.caFile, join(shared, 'ca.pem'));
  const none = join(options.workDirectory, 'no-serial-number');
  await runCommand('env', [...[`STATE=${options.workDirectory}`, 'OWNER=', `PRODUCT_SERIAL_FILE=${none}`], IDENTITY]);
}

async function knock(namespace: string): Promise<void> {
  await succeeds(['netns', 'exec', namespace, 'socat', '-u', '/dev/null', `TCP:${LAB_ADDRESSES.ams}:443`]);
}

async function servicePids(namespace: string): Promise<number[]> {
  const pids = await processesOf(namespace);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_pid, index) => commands[index]?.split('\0')[1] === BUNDLED.remoteconnect);
}

async function succeeds(argv: readonly string[]): Promise<boolean> {
  try {
    await runCommand('ip', argv);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}
