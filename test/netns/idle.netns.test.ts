/** A session in which nobody sends anything. */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { parseWireguardDump } from '@edgegateway/tunnel/linux/wireguard-dump';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { NattedTunnel } from './natted-tunnel.ts';

/** WireGuard renews its keys after 120 s (its paper, section 6.1), with the next packet. */
const RENEWAL_SECONDS = 180;
/**
 * The kernel's timers of this length are up to two seconds late (its timer wheel), wireguard-go's are not: so the
 * gateway's own keep-alive is always overtaken by the client's, and begins anew with it.
 */
const LATE_KEEPALIVE_SECONDS = 27;

let tunnel: NattedTunnel;

beforeAll(async () => {
  tunnel = await NattedTunnel.create({
    ...{ prefix: 'idl', client: 'port-restricted', gateway: 'port-restricted', hasStun: true },
  });
});

afterAll(() => tunnel?.close());

const inside = (end: 'client' | 'gateway', ...command: string[]) =>
  runCommand('ip', ['netns', 'exec', tunnel.sites[end].end, ...command]);

async function readPeer(end: 'client' | 'gateway') {
  const [peer] = parseWireguardDump(await inside(end, 'wg', 'show', tunnel.interfaces[end], 'dump')).peers;
  if (peer === undefined) throw new Error(`the ${end} has no peer`);
  return peer;
}

test(
  'T5: nobody counts as lost until the keys are renewed, though nobody sends anything',
  async () => {
    await tunnel.untilPath('direct');
    const { publicKey } = await readPeer('gateway');
    const late = ['peer', publicKey, 'persistent-keepalive', String(LATE_KEEPALIVE_SECONDS)];
    await inside('gateway', 'wg', 'set', tunnel.interfaces.gateway, ...late);
    const first = (await readPeer('client')).latestHandshakeAt ?? 0;
    const isRenewed = async () => ((await readPeer('client')).latestHandshakeAt ?? 0) > first;
    await until('the keys are renewed', isRenewed, RENEWAL_SECONDS);
    expect(tunnel.losses).toBe(0);
    expect(tunnel.path).toBe('direct');
  },
  2 * RENEWAL_SECONDS * 1000,
);
