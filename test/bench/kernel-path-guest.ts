/**
 * A guest in QEMU of the image's own kernel and programs, all in memory: it boots in seconds and has nothing but the
 * topology of `kernel-path-gateway.sh`. The image itself has no veth(4), and takes minutes.
 *
 * Its clock goes by instructions of its only processor (qemu(1), "-icount"), and by the host's time only while that is
 * idle: what iperf3 measures is how many instructions a stream takes, whatever else the host does.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildImage } from '@edgegateway/image/build';
import { cacheDirectory, repository } from '@edgegateway/image/paths';
import { emulatorCommand } from '@edgegateway/image/qemu/emulator';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import type { NftablesObject } from '@edgegateway/tunnel/linux/nftables';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { sharedPortRuleset } from '@edgegateway/tunnel/linux/shared-port-ruleset';
import { newWhitelist } from '@edgegateway/tunnel/linux/whitelist-ruleset';
import { TUNNEL_MTU } from '@edgegateway/tunnel/linux/wireguard';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { GatewayAgent } from '../lab/virtual-gateway-agent.ts';
import { type InitramfsFile, initramfs } from './initramfs.ts';

const SYSTEM = join(repository, 'image/mkosi/mkosi.extra/usr/lib');
const AGENT = join(import.meta.dirname, '../lab/virtual-gateway-agent.sh');
const PROGRAMS = ['bash', 'cat', 'dirname', 'ip', 'jq', 'kmod', 'mount', 'nft', 'stty', 'wg'];
/** Folders of the kernel's modules, below its release. */
const MODULES = [
  'arch',
  'crypto',
  'lib',
  'drivers/net/veth.ko',
  'drivers/net/wireguard',
  'net/ipv4',
  'net/ipv6',
  'net/netfilter',
];
/** Of the host's time, for a host that has much else to do. */
const BOOT_SECONDS = 300;
const STREAM_SECONDS = 300;

export interface KernelPathGuest {
  /** From now on the kernel follows these rules alone: those of the gateway, or masquerading and no other. */
  follow(rules: 'ours' | 'by-hand'): Promise<void>;
  /**
   * One stream between client and machine.
   * @param options of iperf3(1)
   * @returns Mbit/s as they were received, by the guest's clock
   */
  stream(options: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** @throws ImageError, Error when the guest does not come up */
export async function startKernelPathGuest(directory: string): Promise<KernelPathGuest> {
  await buildImage({ log: console.log });
  const root = await packagesOfImage();
  const release = (await readdir(join(root, 'usr/lib/modules')))[0] ?? '';
  const archive = join(directory, 'initramfs');
  await writeFile(archive, initramfs(await guestFiles(root, release)), { mode: 0o600 });
  const socket = join(directory, 'agent.sock');
  const [qemu, ...emulator] = await emulatorCommand();
  const machine = await SupervisedProcess.start({
    name: 'guest',
    command: qemu,
    argv: [
      ...emulator,
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-no-reboot'],
      ...['-accel', 'tcg', '-icount', 'shift=1', '-cpu', 'max', '-smp', '1', '-m', '768'],
      ...['-kernel', join(root, 'usr/lib/modules', release, 'vmlinuz'), '-initrd', archive],
      ...['-append', 'console=ttyS0 panic=-1'],
      ...['-serial', 'stdio', '-serial', `unix:${socket},server=on,wait=off`],
    ],
    readyWhen: /the guest is ready/,
    readySeconds: BOOT_SECONDS,
    logDirectory: directory,
  });
  const agent = new GatewayAgent(socket);
  const close = async (): Promise<void> => {
    agent.close();
    await machine.stop();
  };
  try {
    await agent.untilAwake();
    await agent.ask('run kernel-path make', BOOT_SECONDS);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async follow(rules) {
      await agent.ask(`run kernel-path ${rules}`, STREAM_SECONDS);
    },
    async stream(options) {
      const answer = await agent.ask(`run kernel-path stream ${options.join(' ')}`, STREAM_SECONDS);
      return Number(answer.join('')) / 1e6;
    },
    close,
  };
}

/** The folder in which mkosi keeps the image's packages as they were installed, with all modules of the kernel. */
async function packagesOfImage(): Promise<string> {
  const increment = join(cacheDirectory(), 'increment');
  const name = (await readdir(increment)).find((one) => /^debian~\w+~x86-64\.cache$/.test(one));
  if (name === undefined)
    throw new Error(`${increment} has no packages. Build the image with: node image/build.ts --refresh`);
  return join(increment, name);
}

async function guestFiles(root: string, release: string): Promise<InitramfsFile[]> {
  return [
    ...['dev', 'proc', 'sys', 'run', 'tmp'].map((path) => ({ path, kind: 'directory' }) as const),
    ...[link('bin', 'usr/bin'), link('sbin', 'usr/sbin'), link('lib64', 'usr/lib64'), link('lib', 'usr/lib')],
    link('usr/sbin/modprobe', '../bin/kmod'),
    await copied('init', join(import.meta.dirname, 'kernel-path-init.sh'), 'program'),
    await copied('etc/laboratory/agent', AGENT),
    await copied('etc/laboratory/kernel-path', join(import.meta.dirname, 'kernel-path-gateway.sh')),
    await copied('etc/laboratory/firewall.nft', join(SYSTEM, 'edgegateway/firewall.nft')),
    await copied('etc/laboratory/sysctl.conf', join(SYSTEM, 'sysctl.d/50-edgegateway.conf')),
    text('etc/laboratory/gateway-key', generateWireguardKeyPair().privateKey),
    text('etc/laboratory/office-key', generateWireguardKeyPair().privateKey),
    commandFile(
      'whitelist.json',
      newWhitelist({ interfaceName: 'rc0', plantInterface: 'lan0', mtu: TUNNEL_MTU }, [
        // By port: the last of the whitelist's look-ups finds it.
        { clientAddress: '100.64.0.2', released: [{ address: '192.168.250.10', protocol: 'tcp', port: 5201 }] },
      ]),
    ),
    commandFile('shared-port.json', sharedPortRuleset({ wireguard: 51_820, stun: 45_000 })),
    // The accounts that the firewall names.
    text(
      'etc/passwd',
      ['root', 'systemd-network', 'systemd-resolve', 'remoteconnect']
        .map((name, id) => `${name}:x:${id}:${id}::/:/bin/bash\n`)
        .join(''),
    ),
    ...(await modules(root, `usr/lib/modules/${release}`)),
    ...(await guestPrograms(root)),
    ...(await hostProgram('iperf3')),
  ];
}

async function copied(path: string, source: string, kind: 'file' | 'program' = 'file'): Promise<InitramfsFile> {
  return { path, kind, content: await readFile(source) };
}

function text(path: string, content: string): InitramfsFile {
  return { path, kind: 'file', content };
}

function link(path: string, content: string): InitramfsFile {
  return { path, kind: 'link', content };
}

function commandFile(name: string, commands: readonly NftablesObject[]): InitramfsFile {
  return text(`etc/laboratory/${name}`, JSON.stringify({ nftables: commands }));
}

async function modules(root: string, folder: string): Promise<InitramfsFile[]> {
  const source = join(root, folder);
  const lists = (await readdir(source)).filter((name) => name.startsWith('modules.'));
  const wanted = MODULES.map((name) => `kernel/${name}`);
  const found = (await readdir(source, { recursive: true })).filter(
    (name) => name.endsWith('.ko') && wanted.some((start) => name.startsWith(start)),
  );
  return Promise.all(
    [...lists, ...found].map(async (name) => ({
      ...{ path: `${folder}/${name}`, kind: 'file' as const },
      content: await readFile(join(source, name)),
    })),
  );
}

/** Programs of the image's packages with their libraries, where they are there. */
async function guestPrograms(root: string): Promise<InitramfsFile[]> {
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const names = new Set<string>(['usr/lib64/ld-linux-x86-64.so.2']);
  const places = [...(await readdir(join(root, 'usr/bin'))).map((name) => `usr/bin/${name}`), 'usr/sbin/nft'];
  for (const program of places.filter((place) => PROGRAMS.includes(basename(place)))) {
    names.add(program);
    const list = await runCommand(loader, ['--library-path', libraries, '--list', join(root, program)]);
    for (const [, library] of list.matchAll(/=> \S*?\/(usr\/lib\/x86_64-linux-gnu\/\S+)/g))
      if (library !== undefined) names.add(library);
  }
  return Promise.all(
    [...names].map(async (path) => ({ path, kind: 'program' as const, content: await readFile(join(root, path)) })),
  );
}

/** A program of this machine with its libraries and their loader, in a folder of its own: the image does not have it. */
async function hostProgram(name: string): Promise<InitramfsFile[]> {
  const path = (await runCommand('which', [name])).trim();
  const list = await runCommand('ldd', [path]);
  const files = [...list.matchAll(/^\s*(?:\S+ => )?(\/\S+)/gm)].flatMap(([, file]) => file ?? []);
  return Promise.all(
    [path, ...files].map(async (file) => ({
      path: `host/${basename(file).startsWith('ld-linux') ? 'ld.so' : basename(file)}`,
      ...{ kind: 'program' as const, content: await readFile(file) },
    })),
  );
}
