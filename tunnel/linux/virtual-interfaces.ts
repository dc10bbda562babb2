/**
 * The interfaces of this computer at which nobody from outside is met, though they have addresses: other tunnels, and
 * bridges that join it only with its own containers and virtual machines. From sysfs (sysfs-class-net of the kernel's
 * ABI documentation).
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const SYSFS = '/sys/class/net';
/** Before the names of the interfaces that one stands on. */
const LOWER = 'lower_';

/** ARPHRD_TUNNEL, _TUNNEL6, _SIT, _IPGRE and _IP6GRE of linux/if_arp.h. */
const TUNNEL_TYPES: readonly string[] = ['768', '769', '776', '778', '823'];

/**
 * @param root a folder like sysfs's
 * @returns names; none where there is no sysfs
 */
export async function readVirtualInterfaces(root = SYSFS): Promise<readonly string[]> {
  const names = await list(root);
  const found = await Promise.all(
    names.map(async (name) => ((await isTunnel(join(root, name))) || (await isInnerBridge(root, name)) ? [name] : [])),
  );
  return found.flat();
}

async function isTunnel(folder: string): Promise<boolean> {
  if (await exists(join(folder, 'tun_flags'))) return true;
  if (TUNNEL_TYPES.includes(await read(join(folder, 'type')))) return true;
  return (await read(join(folder, 'uevent'))).split('\n').includes('DEVTYPE=wireguard');
}

async function isInnerBridge(root: string, name: string): Promise<boolean> {
  if (!(await exists(join(root, name, 'bridge')))) return false;
  const ports = await list(join(root, name, 'brif'));
  return !(await someOf(ports, (port) => hasDevice(root, port)));
}

/** Whether packets leave by a piece of hardware, be it through a VLAN or a bond. */
async function hasDevice(root: string, name: string): Promise<boolean> {
  if (await exists(join(root, name, 'device'))) return true;
  const lower = (await list(join(root, name))).filter((entry) => entry.startsWith(LOWER));
  return someOf(lower, (entry) => hasDevice(root, entry.slice(LOWER.length)));
}

async function someOf(names: readonly string[], is: (name: string) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(names.map(is))).includes(true);
}

/** An interface may go while it is looked at. */
async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function read(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
