/**
 * One end of a tunnel for tests, inside the namespace that it is started in: WireGuard, engine and, on a gateway's
 * side, the whitelist. Reads its file again on SIGHUP.
 *
 *     node tunnel-end-program.ts FILE       FILE: EndSettings as JSON
 *
 * Prints `ready`, `configured`, `connected PEER RELAY`, `path PEER PATH`, `mtu PEER BYTES`,
 * `relayed PEER REASON`, `lost PEER REASON`, `opened FLOW`, `refused FLOW`.
 */
import { readFileSync } from 'node:fs';
import { relayEndpoint, stunEndpoint } from '@edgegateway/protocol/network-endpoints';
import { addressTranslations, releasedAddress } from '@edgegateway/protocol/released-address';
import { httpProxy } from '@edgegateway/tunnel/http-proxy';
import { ClientTransport } from '@edgegateway/tunnel/io/client-transport';
import { RelayPool } from '@edgegateway/tunnel/io/relay-pool';
import { removeEverything } from '@edgegateway/tunnel/linux/cleanup';
import { GatewayTransport } from '@edgegateway/tunnel/linux/gateway-transport';
import { LinuxNetworkMonitor } from '@edgegateway/tunnel/linux/network-monitor';
import { resetOwnConnections } from '@edgegateway/tunnel/linux/own-connections';
import { readVirtualInterfaces } from '@edgegateway/tunnel/linux/virtual-interfaces';
import { type Flow, Whitelist } from '@edgegateway/tunnel/linux/whitelist';
import { createWireguardInterface } from '@edgegateway/tunnel/linux/wireguard';
import { TunnelEngine, type TunnelLog } from '@edgegateway/tunnel/tunnel-engine';
import { z } from 'zod';

const endSettings = z.object({
  role: z.enum(['client', 'gateway']),
  policy: z.enum(['direct-preferred', 'relay-only']),
  interfaceName: z.string(),
  /** Of WireGuard; not given: the kernel chooses one. */
  wireguardPort: z.int().optional(),
  privateKey: z.string(),
  address: z.string(),
  caPem: z.string(),
  /** Through which relays are reached; null: directly. */
  proxy: httpProxy.nullish(),
  relays: z.array(relayEndpoint),
  stunServers: z.array(stunEndpoint),
  peers: z.array(
    z.object({
      id: z.string(),
      sessionId: z.string(),
      publicKey: z.string(),
      presharedKey: z.string(),
      allowedAddresses: z.array(z.string()),
      relayToken: z.string(),
      signallingSecret: z.string(),
    }),
  ),
  /** Interfaces whose addresses are not offered, beside the tunnel's own and the whitelist's plant interface. */
  excludedInterfaces: z.array(z.string()).optional(),
  whitelist: z
    .object({
      plantInterface: z.string(),
      sessions: z.array(
        z.object({
          sessionId: z.string(),
          clientAddress: z.string(),
          released: z.array(releasedAddress),
          translations: addressTranslations.default([]),
        }),
      ),
    })
    .optional(),
});
export type EndSettings = z.infer<typeof endSettings>;

const FLOW_INTERVAL = 500;

function readSettings(): EndSettings {
  return endSettings.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
}

const first = readSettings();
const { role, policy, interfaceName, privateKey, address, caPem, proxy } = first;
await removeEverything(interfaceName);
const log: TunnelLog = (level, message, fields) => console.log(`${level}: ${message} ${JSON.stringify(fields ?? {})}`);
const whitelist =
  first.whitelist === undefined
    ? null
    : new Whitelist({ interfaceName, plantInterface: first.whitelist.plantInterface, log });
await whitelist?.apply([]);
const device = await createWireguardInterface({
  name: interfaceName,
  implementation: 'wireguard-go',
  privateKey,
  addresses: [address],
  ...(first.wireguardPort === undefined ? {} : { listenPort: first.wireguardPort }),
  ...(role === 'client' ? { resetConnections: (hosts: readonly string[]) => resetOwnConnections(address, hosts) } : {}),
});
const plantInterfaces = first.whitelist === undefined ? [] : [first.whitelist.plantInterface];
const excluded = [interfaceName, ...plantInterfaces, ...(first.excludedInterfaces ?? [])];
const engine = new TunnelEngine({
  ...{ role, policy, device, log },
  relays: new RelayPool({ privateKey, caPem, log, proxy: proxy ?? null }),
  monitor: new LinuxNetworkMonitor({ ignoredInterface: interfaceName, log }),
  openTransport: (onDatagram) =>
    role === 'client'
      ? ClientTransport.open({ own: interfaceName, readVirtual: readVirtualInterfaces }, onDatagram)
      : GatewayTransport.open({
          wireguardPort: device.listenPort,
          implementation: 'wireguard-go',
          excluded,
          onDatagram,
          log,
        }),
});
engine.on('connected', ({ id, relay, path }) => {
  console.log(`connected ${id} ${relay}`);
  console.log(`path ${id} ${path}`);
});
engine.on('path', ({ id, path }) => console.log(`path ${id} ${path}`));
const toldSizes = new Map<string, number | null>();
const toldReasons = new Map<string, string | null>();
engine.on('status', (statuses) => {
  for (const { id, mtu, relayReason } of statuses) {
    if (relayReason !== null && relayReason !== toldReasons.get(id)) console.log(`relayed ${id} ${relayReason}`);
    toldReasons.set(id, relayReason);
    if (mtu !== null && mtu !== toldSizes.get(id)) console.log(`mtu ${id} ${mtu}`);
    toldSizes.set(id, mtu);
  }
});
engine.on('lost', ({ id }, reason) => console.log(`lost ${id} ${reason}`));
engine.on('failed', (error) => console.log(`failed ${error.message}`));

async function configure({ relays, stunServers, peers, whitelist: wanted }: EndSettings): Promise<void> {
  await whitelist?.apply(wanted?.sessions ?? []);
  await engine.configure({ relays, stunServers, peers });
  console.log('configured');
}

function tellFlow(
  what: string,
  { sessionId: _id, packets: _packets, bytes: _all, bytesToClient: _some, ...flow }: Flow,
): void {
  console.log(`${what} ${flow.source} ${flow.destination} ${flow.protocol} ${flow.port ?? '-'}`);
}

async function readFlows(): Promise<void> {
  const reading = await whitelist?.readFlows();
  for (const flow of reading?.opened ?? []) tellFlow('opened', flow);
  for (const flow of reading?.refused ?? []) tellFlow('refused', flow);
}

process.on('SIGHUP', () => void configure(readSettings()));
const flowTimer = whitelist === null ? null : setInterval(() => void readFlows(), FLOW_INTERVAL);
process.once('SIGTERM', () => {
  if (flowTimer !== null) clearInterval(flowTimer);
  void device
    .close()
    .then(() => whitelist?.close())
    .then(() => engine.close())
    .then(() => whitelist?.flowsEnded());
});
await configure(first);
console.log('ready');
