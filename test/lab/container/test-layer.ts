/** What the tests change of the gateway's tree, because it cannot exist in a container or on this kernel. Nothing else. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Debian packages beside those of the image: the host's kernel need not have the WireGuard module. */
export const TEST_PACKAGES = ['wireguard-go'] as const;

const UNITS = '/usr/lib/systemd/system';
const OWN_UNITS = '/etc/systemd/system';

const WIREGUARD_IN_USER_SPACE = `[Service]
# Stands in for the kernel's WireGuard.
Environment=EDGEGATEWAY_WIREGUARD=wireguard-go
# It moves packets through a TUN device, which the unit hides from the service otherwise.
PrivateDevices=no
DeviceAllow=/dev/net/tun rw
# wg(8) talks to it through a socket in this folder.
RuntimeDirectory=wireguard
# Whether that socket listens stands in /proc/net/unix.
ProcSubset=all
`;

/** udev does not run in a container, so no device unit ever appears: lan0 is there before systemd starts. */
const DEVICE_UNIT = /^(?:Requires|After)=sys-subsystem-net-devices-lan0\.device\n/gm;

/** @param root of the container, writable */
export async function applyTestLayer(root: string): Promise<void> {
  await add(root, `${OWN_UNITS}/remoteconnect.service.d/wireguard-go.conf`, WIREGUARD_IN_USER_SPACE);
  // A drop-in cannot take a dependency away (systemd.unit(5)), so the unit without those lines goes in front of it.
  const socket = await readFile(join(root, UNITS, 'ams.socket'), 'utf8');
  await add(root, `${OWN_UNITS}/ams.socket`, socket.replaceAll(DEVICE_UNIT, ''));
}

async function add(root: string, path: string, content: string): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  // Whatever the umask is.
  await chmod(dirname(file), 0o755);
  await chmod(file, 0o644);
}
