/** The internet's router carries packets up to a size and no larger ones, as lines of trains, mobile networks and other tunnels do. */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { FORGET_PATH_MTU } from './gateway.ts';
import type { LabNetwork, Place } from './network.ts';

/** Of the largest packet that passes, IP header and all. */
export const UNDERLAY_BYTES = 1300;

/** Of a slow line, each way. An emulated gateway has time for other things beside a transfer at this rate. */
const SLOW = ['rate', '3mbit', 'burst', '16kb', 'latency', '100ms'] as const;

/** The networks of the router, by its devices. */
const ROUTES = { wan: '198.18.0.0/24', office: '198.51.100.0/24', cloud: '203.0.113.0/24' } as const;
const TABLE = ['inet', 'narrow'] as const;

type Namespaces = Pick<LabNetwork, 'namespaces'>;

/** Whoever sends too large a packet that must not be cut is told (RFC 1191); what may be cut is. */
export async function narrowTelling({ namespaces }: Namespaces): Promise<void> {
  await setRoutes(namespaces.internet, ['mtu', String(UNDERLAY_BYTES)]);
}

/** Too large packets are dropped without a word. */
export async function narrowInSilence({ namespaces }: Namespaces): Promise<void> {
  const { internet, gateway, office, cloud } = namespaces;
  // Packets are to reach the router as the wire would carry them.
  for (const [namespace, device] of [
    [gateway, 'wan0'],
    [office, 'eth0'],
    [cloud, 'eth0'],
  ] as const)
    await inside(namespace, 'ethtool', '-K', device, 'tso', 'off', 'gso', 'off', 'tx-udp-segmentation', 'off');
  const chain = 'chain forward { type filter hook forward priority 10; }';
  await inside(internet, 'nft', `table ${TABLE.join(' ')} { ${chain}; }`);
  await inside(internet, 'nft', `add rule ${TABLE.join(' ')} forward meta length > ${UNDERLAY_BYTES} drop`);
}

/** Packets of every size pass again, and nobody in these namespaces remembers that they did not. */
export async function widen({ namespaces }: Namespaces): Promise<void> {
  await setRoutes(namespaces.internet, []);
  await inside(namespaces.internet, 'nft', `add table ${TABLE.join(' ')}; delete table ${TABLE.join(' ')}`);
  for (const namespace of Object.values(namespaces)) await inside(namespace, ...FORGET_PATH_MTU);
}

/** The lines of office and gateway carry 3 Mbit/s each way during the work (tc-tbf(8)). */
export async function onSlowLines<T>({ namespaces }: Namespaces, work: () => Promise<T>): Promise<T> {
  const { internet } = namespaces;
  const lines = ['wan', 'office'] as const;
  for (const device of lines) await inside(internet, 'tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', ...SLOW);
  try {
    return await work();
  } finally {
    for (const device of lines) await inside(internet, 'tc', 'qdisc', 'delete', 'dev', device, 'root');
  }
}

async function setRoutes(internet: LabNetwork['namespaces'][Place], settings: readonly string[]): Promise<void> {
  for (const [device, network] of Object.entries(ROUTES))
    await runCommand('ip', ['-n', internet, 'route', 'replace', network, 'dev', device, ...settings]);
}

async function inside(namespace: string, ...command: readonly string[]): Promise<void> {
  await runCommand('ip', ['netns', 'exec', namespace, ...command]);
}
