import { closeFirewall, openFirewall } from '@edgegateway/tunnel/linux/gateway-firewall';
import { systemClock } from '../timing.ts';
import type { ServiceEnvironment } from './environment.ts';
import { knock } from './scan/knock.ts';
import { readNeighbours } from './scan/neighbours.ts';
import { PlantScanner } from './scan/plant-scanner.ts';

/** Looks for devices with this machine's own kernel, network and firewall. */
export function gatewayScanner({ plantInterface }: ServiceEnvironment): PlantScanner {
  return new PlantScanner({
    clock: systemClock,
    neighbours: () => readNeighbours(plantInterface),
    knock,
    open: (ports) => openFirewall('scan_ports', ports),
    close: () => closeFirewall('scan_ports'),
  });
}
