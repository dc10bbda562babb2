import { RelayPool } from '@edgegateway/tunnel/io/relay-pool';
import { GatewayTransport } from '@edgegateway/tunnel/linux/gateway-transport';
import { LinuxNetworkMonitor } from '@edgegateway/tunnel/linux/network-monitor';
import { Whitelist } from '@edgegateway/tunnel/linux/whitelist';
import { createWireguardInterface } from '@edgegateway/tunnel/linux/wireguard';
import { TunnelEngine } from '@edgegateway/tunnel/tunnel-engine';
import { readIfPresent } from '../durable-file.ts';
import type { ServiceEnvironment } from './environment.ts';
import { type ServiceLog, tunnelLog } from './log.ts';
import type { TunnelParts } from './sessions/tunnel-runner.ts';

/** The kernel's whitelist and WireGuard, and the engine that finds the way to the clients. */
export function gatewayTunnelParts(environment: ServiceEnvironment, privateKey: string, log: ServiceLog): TunnelParts {
  const { tunnelInterface, plantInterface, wireguard, identity } = environment;
  const tell = tunnelLog(log);
  return {
    whitelist: new Whitelist({ interfaceName: tunnelInterface, plantInterface, log: tell }),
    createInterface: (tunnelAddress) =>
      createWireguardInterface({
        name: tunnelInterface,
        implementation: wireguard,
        privateKey,
        addresses: [tunnelAddress],
      }),
    async dialRelays(relays) {
      const pool = new RelayPool({ privateKey, proxy: null, caPem: await readIfPresent(identity.ca), log: tell });
      pool.dial(relays);
      return pool;
    },
    createEngine: (device, relays) =>
      new TunnelEngine({
        role: 'gateway',
        policy: 'direct-preferred',
        device,
        relays,
        monitor: new LinuxNetworkMonitor({ ignoredInterface: tunnelInterface, log: tell }),
        openTransport: (onDatagram) =>
          GatewayTransport.open({
            wireguardPort: device.listenPort,
            excluded: [tunnelInterface, plantInterface],
            implementation: wireguard,
            onDatagram,
            log: tell,
          }),
        log: tell,
      }),
  };
}
