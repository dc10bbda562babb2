/**
 * The laboratory's network: namespaces of its own, nothing on the host but their names.
 *
 *   cloud 203.0.113.0/24 ──┐
 *   office 198.51.100.0/24 ─┼─ internet (router, DNS, DHCP) ── WAN 198.18.0.0/24 ── gateway ── plant 192.168.250.0/24
 *
 * Further plants are made like the first, with the same addresses inside, as plants have them: WAN 198.18.1.0/24 and so on.
 *
 * The gateway is a virtual machine with two TAP devices in the namespace `gateway`, a container whose network is that
 * namespace, or programs in it.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import {
  HUB_ENDPOINT,
  PRODUCTION_RELAYS,
  PRODUCTION_STUN_SERVERS,
  PROVISIONING_ENDPOINT,
  type RelayEndpoint,
} from '@edgegateway/protocol/network-endpoints';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { killProcessesOf } from './namespace-processes.ts';
import { SupervisedProcess } from './supervised-process.ts';

export const LAB_ADDRESSES = {
  dps: '203.0.113.10',
  hub: '203.0.113.11',
  web: '203.0.113.12',
  /** Of PRODUCTION_RELAYS and PRODUCTION_STUN_SERVERS, in their order. */
  relays: ['203.0.113.20', '203.0.113.21', '203.0.113.22', '203.0.113.23'],
  stunServers: ['203.0.113.30', '203.0.113.31', '203.0.113.32', '203.0.113.33'],
  /** Some web site that has nothing to do with us: the technician's other traffic. */
  elsewhere: '203.0.113.80',
  office: '198.51.100.10',
  internetOfOffice: '198.51.100.1',
  /** Of the first plant. */
  wanGateway: '198.18.0.2',
  internetOfWan: '198.18.0.1',
  ams: '192.168.250.1',
  machine: '192.168.250.10',
  otherMachine: '192.168.250.20',
  plantStaff: '192.168.250.100',
} as const;

export const LAB_HOSTS = {
  web: 'cloud.remoteconnect.test',
  elsewhere: 'elsewhere.test',
  dps: PROVISIONING_ENDPOINT.host,
  hub: HUB_ENDPOINT.host,
} as const;

/** A relay or STUN server under its production name, and where it runs in the laboratory. */
export interface LabEndpoint extends RelayEndpoint {
  readonly address: string;
}

export const LAB_RELAYS = withAddresses(PRODUCTION_RELAYS, LAB_ADDRESSES.relays);
export const LAB_STUN_SERVERS = withAddresses(PRODUCTION_STUN_SERVERS, LAB_ADDRESSES.stunServers);

/** Whoever has a name in the laboratory's DNS. */
const NAMED: readonly { readonly host: string; readonly address: string }[] = [
  ...(['dps', 'hub', 'web', 'elsewhere'] as const).map((name) => ({
    host: LAB_HOSTS[name],
    address: LAB_ADDRESSES[name],
  })),
  ...LAB_RELAYS,
  ...LAB_STUN_SERVERS,
];

const SHARED_PLACES = ['internet', 'cloud', 'office'] as const;
type SharedPlace = (typeof SHARED_PLACES)[number];
export type Place = SharedPlace | 'gateway' | 'plant';

/** The network as one plant sees it. */
export interface PlantNetwork {
  readonly namespaces: Readonly<Record<Place, string>>;
  /** Present for a virtual machine: its TAP devices in the namespace `gateway`. */
  readonly taps: { readonly wan: string; readonly lan: string };
  /** The device in the namespace `gateway` that carries all packets of the gateway's WAN side. */
  readonly wanDevice: string;
  /** How the gateway's own packets pass that device: a TAP receives what its virtual machine sends. */
  readonly wanDirection: 'in' | 'out';
}

/** With the namespaces of the first plant. */
export interface LabNetwork extends PlantNetwork {
  /** All plants, the first one too. */
  readonly plants: readonly PlantNetwork[];
  close(): Promise<void>;
}

export interface LabNetworkOptions {
  /** First part of the namespaces' names; two laboratories beside each other need two. */
  readonly prefix: string;
  readonly gateway: 'virtual-machine' | 'container' | 'programs';
  /** How many plants, each with a gateway; one where it is not given. */
  readonly plants?: number | undefined;
  readonly logDirectory: string;
}

/**
 * Makes the namespaces, cables and routes, and starts DNS and DHCP. What an earlier, dead laboratory of the same
 * prefix left behind is removed first.
 * @throws CommandError when a namespace cannot be made
 */
export async function createLabNetwork(options: LabNetworkOptions): Promise<LabNetwork> {
  const { prefix, gateway, logDirectory } = options;
  const plants = Array.from({ length: options.plants ?? 1 }, (_, index) => plantOf(prefix, gateway, index));
  const [first] = plants;
  if (first === undefined) throw new Error('A laboratory has at least one plant.');
  const { internet, cloud, office } = first.namespaces;
  await removeNamespaces(prefix);
  for (const name of new Set(plants.flatMap(({ namespaces }) => Object.values(namespaces)))) {
    await runCommand('ip', ['netns', 'add', name]);
    await runCommand('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    // As the image and the hosts of relays have it: a connection survives a way that drops large packets in silence.
    await runCommand('ip', ['netns', 'exec', name, 'sysctl', '-qw', 'net.ipv4.tcp_mtu_probing=1']);
  }
  await runCommand('ip', ['netns', 'exec', internet, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);

  await cable(internet, 'cloud', cloud, 'eth0');
  await addresses(internet, 'cloud', ['203.0.113.1/24']);
  await addresses(
    cloud,
    'eth0',
    NAMED.map(({ address }) => `${address}/24`),
  );
  await defaultRoute(cloud, '203.0.113.1');

  await cable(internet, 'office', office, 'eth0');
  await addresses(internet, 'office', [`${LAB_ADDRESSES.internetOfOffice}/24`]);
  await addresses(office, 'eth0', [`${LAB_ADDRESSES.office}/24`]);
  await defaultRoute(office, LAB_ADDRESSES.internetOfOffice);
  await resolver(office, LAB_ADDRESSES.internetOfOffice);

  for (const [index, plant] of plants.entries()) await makePlant(plant, gateway, index);

  const dns = await startNameServer(internet, plants.length, logDirectory);
  return {
    ...first,
    plants,
    async close() {
      await dns.stop();
      await removeNamespaces(prefix);
    },
  };
}

function plantOf(prefix: string, gateway: LabNetworkOptions['gateway'], index: number): PlantNetwork {
  const number = index === 0 ? '' : String(index + 1);
  const taps = { wan: 'tap-wan', lan: 'tap-lan' };
  return {
    namespaces: {
      ...sharedNamespaces(prefix),
      gateway: `${prefix}-gateway${number}`,
      plant: `${prefix}-plant${number}`,
    },
    taps,
    ...(gateway === 'virtual-machine'
      ? { wanDevice: taps.wan, wanDirection: 'in' }
      : { wanDevice: 'wan0', wanDirection: 'out' }),
  };
}

/** The internet's side of a plant's WAN. */
function wanOf(index: number): { readonly device: string; readonly network: string } {
  return { device: index === 0 ? 'wan' : `wan${index + 1}`, network: `198.18.${index}` };
}

async function makePlant(
  { namespaces, taps }: PlantNetwork,
  gatewayKind: LabNetworkOptions['gateway'],
  index: number,
): Promise<void> {
  const { internet, gateway, plant } = namespaces;
  const plantAddresses = [LAB_ADDRESSES.machine, LAB_ADDRESSES.otherMachine, LAB_ADDRESSES.plantStaff].map(
    (address) => `${address}/24`,
  );
  const wan = wanOf(index);
  await cable(internet, wan.device, gateway, 'wan0');
  await addresses(internet, wan.device, [`${wan.network}.1/24`]);
  await cable(plant, 'eth0', gateway, 'lan0');
  await addresses(plant, 'eth0', plantAddresses);
  switch (gatewayKind) {
    case 'virtual-machine':
      await bridgedTap(gateway, 'br-wan', taps.wan, 'wan0');
      await bridgedTap(gateway, 'br-lan', taps.lan, 'lan0');
      break;
    case 'container':
      // Its own systemd-networkd gives the interfaces their addresses.
      break;
    case 'programs':
      await addresses(gateway, 'wan0', [`${wan.network}.2/24`]);
      await addresses(gateway, 'lan0', [`${LAB_ADDRESSES.ams}/24`]);
      await defaultRoute(gateway, `${wan.network}.1`);
      await resolver(gateway, `${wan.network}.1`);
      await runCommand('ip', ['netns', 'exec', gateway, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
      break;
  }
}

function withAddresses(endpoints: readonly RelayEndpoint[], addressList: readonly string[]): readonly LabEndpoint[] {
  return endpoints.map((endpoint, index) => {
    const address = addressList[index];
    if (address === undefined) throw new Error(`The laboratory has no address for ${endpoint.name}: add one.`);
    return { ...endpoint, address };
  });
}

function sharedNamespaces(prefix: string): Record<SharedPlace, string> {
  return { internet: `${prefix}-internet`, cloud: `${prefix}-cloud`, office: `${prefix}-office` };
}

/** Removes the namespaces of a prefix with every process in them, whoever made them and however many plants there were. */
export async function removeNamespaces(prefix: string): Promise<void> {
  const shared: readonly string[] = Object.values(sharedNamespaces(prefix));
  const ofPlant = new RegExp(`^${prefix}-(?:gateway|plant)\\d*$`);
  const existing = (await runCommand('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const name of existing.filter((candidate) => shared.includes(candidate) || ofPlant.test(candidate))) {
    await killProcessesOf(name);
    await runCommand('ip', ['netns', 'delete', name]);
    await rm(`/etc/netns/${name}`, { recursive: true, force: true });
  }
}

async function cable(first: string, firstDevice: string, second: string, secondDevice: string): Promise<void> {
  await runCommand('ip', [
    '-n',
    first,
    'link',
    'add',
    firstDevice,
    'type',
    'veth',
    'peer',
    'name',
    secondDevice,
    'netns',
    second,
  ]);
  await runCommand('ip', ['-n', first, 'link', 'set', firstDevice, 'up']);
  await runCommand('ip', ['-n', second, 'link', 'set', secondDevice, 'up']);
}

async function addresses(namespace: string, device: string, list: readonly string[]): Promise<void> {
  for (const address of list) await runCommand('ip', ['-n', namespace, 'address', 'add', address, 'dev', device]);
}

async function defaultRoute(namespace: string, via: string): Promise<void> {
  await runCommand('ip', ['-n', namespace, 'route', 'add', 'default', 'via', via]);
}

async function bridgedTap(namespace: string, bridge: string, tap: string, uplink: string): Promise<void> {
  await runCommand('ip', ['-n', namespace, 'link', 'add', bridge, 'type', 'bridge', 'mcast_snooping', '0']);
  await runCommand('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', `net.ipv6.conf.${bridge}.disable_ipv6=1`]);
  await runCommand('ip', ['-n', namespace, 'tuntap', 'add', tap, 'mode', 'tap']);
  for (const device of [tap, uplink]) {
    await runCommand('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', `net.ipv6.conf.${device}.disable_ipv6=1`]);
    await runCommand('ip', ['-n', namespace, 'link', 'set', device, 'master', bridge]);
    await runCommand('ip', ['-n', namespace, 'link', 'set', device, 'up']);
  }
  await runCommand('ip', ['-n', namespace, 'link', 'set', bridge, 'up']);
}

/** `ip netns exec` mounts this file over /etc/resolv.conf (ip-netns(8)). */
async function resolver(namespace: string, server: string): Promise<void> {
  await mkdir(`/etc/netns/${namespace}`, { recursive: true });
  await writeFile(`/etc/netns/${namespace}/resolv.conf`, `nameserver ${server}\noptions timeout:1 attempts:2\n`);
}

async function startNameServer(namespace: string, plants: number, logDirectory: string): Promise<SupervisedProcess> {
  const wans = Array.from({ length: plants }, (_, index) => wanOf(index));
  const records = NAMED.map(({ host, address }) => `--address=/${host}/${address}`);
  return SupervisedProcess.start({
    name: 'dns-and-dhcp',
    command: 'ip',
    argv: [
      ...[
        'netns',
        'exec',
        namespace,
        'dnsmasq',
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--log-facility=-',
        '--pid-file',
      ],
      ...['--no-resolv', '--no-hosts', '--bind-interfaces', '--user=root', '--leasefile-ro', '--local-ttl=1'],
      // No address is tried before it is leased: nobody else is there, and it takes three seconds.
      '--no-ping',
      ...['--interface=office', '--no-dhcp-interface=office', '--dhcp-authoritative'],
      ...wans.flatMap(({ device, network }) => [`--interface=${device}`, `--dhcp-range=${network}.2,${network}.50,1h`]),
      ...records,
    ],
    readyWhen: /started, version/,
    logDirectory,
  });
}
