/** A container with a systemd of its own (systemd-nspawn(1)) in a network namespace of the laboratory. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, kill } from 'node:process';
import { CommandError, runCommand } from '@edgegateway/tunnel/linux/run-command';
import { CONTROL_GROUP, groupHierarchies } from '../../control-group.ts';
import { SupervisedProcess } from '../supervised-process.ts';
import { until } from '../until.ts';
import type { ContainerRoot } from './container-root.ts';

export interface ContainerOptions {
  readonly root: ContainerRoot;
  /** Of this container among those of the run. */
  readonly name: string;
  /** A named network namespace (ip-netns(8)), with whose interfaces it boots. */
  readonly namespace: string;
  readonly logDirectory: string;
}

const BOOT_SECONDS = 120;
const COMMAND_SECONDS = 60;
/** What a user inside gets as well. */
const ENVIRONMENT = ['env', '--ignore-environment', 'PATH=/usr/sbin:/usr/bin', 'LC_ALL=C.UTF-8', 'SYSTEMD_COLORS=0'];

/** Goes into the groups $1 and $2 (up to `--`), then becomes the rest of its arguments. */
const IN_GROUPS = `
while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done
shift
echo 'the container starts'
exec "$@"
`;

export class Container {
  readonly #options: ContainerOptions;
  readonly #process: SupervisedProcess;
  /** Of its first process, as seen from here. */
  readonly #leader: number;

  private constructor(options: ContainerOptions, process: SupervisedProcess, leader: number) {
    this.#options = options;
    this.#process = process;
    this.#leader = leader;
  }

  /**
   * Fulfilled once its systemd says `running`.
   * @throws Error that names the failed units or what systemd-nspawn said
   */
  static async boot(options: ContainerOptions): Promise<Container> {
    const groups = await makeGroups(options.name);
    const nspawn = await SupervisedProcess.start({
      name: 'gateway-container',
      command: 'bash',
      argv: ['-c', IN_GROUPS, 'container', ...groups, '--', 'systemd-nspawn', ...nspawnArguments(options)],
      environment: {
        // The image's systemd knows cgroup2 only, whatever the host has.
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
        // The gateway forwards packets: /proc/sys/net is its own.
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
      },
      readyWhen: /^the container starts$/,
      logDirectory: options.logDirectory,
    });
    let container: Container | undefined;
    try {
      const leader = await until("the container's systemd answers", () => leaderOf(nspawn), BOOT_SECONDS);
      container = new Container(options, nspawn, leader);
      await container.#untilBooted();
      return container;
    } catch (error) {
      await (container === undefined ? nspawn.stop() : container.close());
      throw error;
    }
  }

  /**
   * Runs a program of the container inside it, as root or as another user of it.
   * @returns what it wrote to its standard output
   * @throws CommandError when it fails
   */
  run(argv: readonly string[], user?: string): Promise<string> {
    const as = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    const inside = ['--target', String(this.#leader), '--all', ...ENVIRONMENT, ...as, ...argv];
    return runCommand('nsenter', inside, { timeoutMs: COMMAND_SECONDS * 1000 });
  }

  /** Whether such a program ends with status 0. */
  async succeeds(argv: readonly string[]): Promise<boolean> {
    try {
      await this.run(argv);
      return true;
    } catch (error) {
      if (error instanceof CommandError) return false;
      throw error;
    }
  }

  read(path: string): Promise<string> {
    return readFile(join(`/proc/${this.#leader}/root`, path), 'utf8');
  }

  /** Keeps its journal beside the other logs, and ends it with everything in it. */
  async close(): Promise<void> {
    try {
      if (this.#process.hasEnded) return;
      const journal = await this.run(['journalctl', '--boot', '--no-pager', '--output=short-precise']);
      await writeFile(join(this.#options.logDirectory, 'gateway-journal.log'), journal);
    } finally {
      // The first process takes all others with it (pid_namespaces(7)); what is in memory is not worth an orderly end.
      if (!this.#process.hasEnded) kill(this.#leader, 'SIGKILL');
      await this.#process.stop();
    }
  }

  async #untilBooted(): Promise<void> {
    const state = await this.run(['systemctl', 'is-system-running', '--wait']).catch((error: unknown) => error);
    if (state === 'running\n') return;
    const failed = await this.run(['systemctl', 'list-units', '--failed', '--plain', '--no-legend']);
    throw new Error(`The container has not booted as it should: ${String(state)}\n${failed}`);
  }
}

async function makeGroups(name: string): Promise<readonly string[]> {
  const ofRun = env[CONTROL_GROUP];
  if (ofRun === undefined)
    throw new Error('A container runs in the control group of a test run: use npm run test:container.');
  const groups = (await groupHierarchies()).map((hierarchy) => join(hierarchy, ofRun, name));
  for (const group of groups) await mkdir(group, { recursive: true });
  return groups;
}

function nspawnArguments({ root, namespace }: ContainerOptions): readonly string[] {
  return [
    ...['--quiet', '--boot', `--directory=${root.folder}`, '--machine=edgegateway'],
    // No systemd of the host takes part.
    ...['--register=no', '--keep-unit', '--link-journal=no', '--console=read-only'],
    // Name servers and time zone are those of the tree.
    ...['--resolv-conf=off', '--timezone=off'],
    ...[`--network-namespace-path=/run/netns/${namespace}`, `--bind=${root.tunDevice}:/dev/net/tun`],
    // Without bpf(2) and these rights systemd says nothing and leaves out IPAddressDeny= and DevicePolicy=.
    ...['--system-call-filter=bpf', '--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_BPF,CAP_PERFMON'],
  ];
}

/** The child of systemd-nspawn whose systemd listens to systemctl. */
async function leaderOf(nspawn: SupervisedProcess): Promise<number | undefined> {
  const { pid } = nspawn;
  if (pid === undefined || nspawn.hasEnded) throw new Error('systemd-nspawn has ended; see gateway-container.log.');
  const [child = ''] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ');
  if (child === '') return undefined;
  const isThere = await stat(`/proc/${child}/root/run/systemd/private`).then(
    (status) => status.isSocket(),
    () => false,
  );
  return isThere ? Number(child) : undefined;
}
