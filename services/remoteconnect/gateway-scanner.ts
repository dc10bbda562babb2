import { OpenHole } from '@edgegateway/tunnel/linux/gateway-firewall';
import type { TunnelLog } from '@edgegateway/tunnel/tunnel-log';
import { systemClock } from '../timing.ts';
import type { ServiceEnvironment } from './environment.ts';
import { knock } from './scan/knock.ts';
import { readNeighbours } from './scan/neighbours.ts';
import { PlantScanner } from './scan/plant-scanner.ts';

/** Looks for devices with this machine's own kernel, network and firewall. */
export function gatewayScanner({ plantInterface }: ServiceEnvironment, log: TunnelLog): PlantScanner {
  return new PlantScanner({
    clock: systemClock,
    neighbours: () => readNeighbours(plantInterface),
    knock,
    open: (ports) => OpenHole.open('scan_ports', ports, log),
  });
}
