/**
 * Prints `changed` for every change that the network monitor tells, in the namespace that it is started in.
 *
 *     node network-monitor-program.ts INTERFACE       INTERFACE: the one that is ignored
 */
import { LinuxNetworkMonitor } from '@edgegateway/tunnel/linux/network-monitor';

const monitor = new LinuxNetworkMonitor({
  ignoredInterface: process.argv[2] ?? '',
  log: (level, message, fields) => console.log(`${level}: ${message} ${JSON.stringify(fields ?? {})}`),
});
monitor.start(() => console.log('changed'));
process.once('SIGTERM', () => {
  monitor.close();
  clearInterval(alive);
  console.log('closed');
});
/** Ends with SIGTERM, and not before. */
const alive = setInterval(() => undefined, 60_000);
console.log('ready');
