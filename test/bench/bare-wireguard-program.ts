/**
 * One end of a WireGuard tunnel configured by hand, inside the namespace that it is started in: wireguard-go, the other
 * end's real address as its endpoint, nothing of ours in between. Runs until SIGTERM.
 *
 *     node bare-wireguard-program.ts FILE       FILE: BareSettings as JSON
 *
 * Prints `ready`.
 */
import { readFileSync } from 'node:fs';
import { createWireguardInterface } from '@edgegateway/tunnel/linux/wireguard';
import { z } from 'zod';

const bareSettings = z.strictObject({
  interfaceName: z.string(),
  privateKey: z.string(),
  address: z.ipv4(),
  listenPort: z.int(),
  peer: z.strictObject({
    publicKey: z.string(),
    presharedKey: z.string(),
    endpoint: z.strictObject({ address: z.ipv4(), port: z.int() }),
    allowedAddresses: z.array(z.ipv4()),
  }),
});
export type BareSettings = z.infer<typeof bareSettings>;

const settings = bareSettings.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const device = await createWireguardInterface({
  name: settings.interfaceName,
  implementation: 'wireguard-go',
  privateKey: settings.privateKey,
  addresses: [settings.address],
  listenPort: settings.listenPort,
});
await device.setPeer(settings.peer);
const alive = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void device.close();
});
console.log('ready');
