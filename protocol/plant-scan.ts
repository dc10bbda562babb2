/**
 * What a gateway sees on its plant side, when the cloud asks for it: the direct method `scan-plant` (Azure IoT Hub; no
 * payload), answered with status 200 and a plantScan, 409 while another scan runs, 503 when it is not possible.
 */
import { z } from 'zod';
import { ipv4Address, ipv4Network, port, timestamp } from './wire-values.ts';

export const SCAN_METHOD = 'scan-plant';

/** A gateway answers within the time, with what it has found until then and with no more hosts than that. */
export const SCAN_LIMITS = { seconds: 100, hosts: 1024 } as const;

/** TCP ports of what usually stands in a plant, with the names that their services go by. */
export const WELL_KNOWN_PORTS: Readonly<Record<number, string>> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  80: 'HTTP',
  102: 'S7 (ISO-TSAP)',
  443: 'HTTPS',
  502: 'Modbus/TCP',
  1883: 'MQTT',
  3389: 'RDP',
  4840: 'OPC UA',
  5900: 'VNC',
  8080: 'HTTP',
  44818: 'EtherNet/IP',
};

export const scannedHost = z.strictObject({
  address: ipv4Address,
  /** Its link-layer address, as ARP told it. */
  mac: z.string().regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/, 'must be a MAC address in lower case'),
  /** Of WELL_KNOWN_PORTS, those that accept connections, in ascending order. */
  openPorts: z.array(port).max(32),
});
export type ScannedHost = z.infer<typeof scannedHost>;

export const plantScan = z.strictObject({
  finishedAt: timestamp,
  networks: z.array(ipv4Network).max(16),
  /** Networks of the plant side that are too large to be searched address by address. */
  skipped: z.array(ipv4Network).max(16),
  hosts: z.array(scannedHost).max(SCAN_LIMITS.hosts),
});
export type PlantScan = z.infer<typeof plantScan>;
