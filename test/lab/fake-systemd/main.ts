/**
 * Stands in for systemd where none runs: one unit on the bus of DBUS_SYSTEM_BUS_ADDRESS.
 *
 *     node main.ts --unit remoteconnect.service --command JSON-ARRAY --condition FILE [--stop JSON-ARRAY] [--stop-post JSON-ARRAY]
 *
 * To be harder on the AMS: --answer-delay MILLISECONDS, --answer-after-job, --start-job FAULT, --stop-job FAULT with
 * FAULT one of timeout, dependency, never (options.ts).
 *
 * Prints `ready` once it owns org.freedesktop.systemd1; the unit starts right away where its condition holds, as at a
 * boot. SIGTERM ends the unit first.
 */
import type { EventEmitter } from 'node:events';
import { env, exit } from 'node:process';
import { NameFlag, RequestNameReply, sessionBus } from '@jellybrick/dbus-next';
import { Manager, SYSTEMD_NAME } from './manager.ts';
import { readOptions } from './options.ts';
import { Service } from './service.ts';

const options = readOptions(process.argv.slice(2));
const busAddress = env['DBUS_SYSTEM_BUS_ADDRESS'];
if (busAddress === undefined) throw new Error('DBUS_SYSTEM_BUS_ADDRESS is missing');

const service = new Service(options);
const bus = sessionBus({ busAddress });
const events: EventEmitter = bus;
events.on('error', (error: unknown) => {
  console.error(`the bus is lost: ${String(error)}`);
  service.killNow();
  exit(1);
});
const manager = new Manager(bus, options.unit, service, options.faults);
const reply = await bus.requestName(SYSTEMD_NAME, NameFlag.DO_NOT_QUEUE);
if (reply !== RequestNameReply.PRIMARY_OWNER) throw new Error(`${SYSTEMD_NAME} is taken: is another one running?`);

let ending = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    void service.stop().then(() => exit(0));
  });
process.on('exit', () => service.killNow());
manager.boot();
console.log('ready');
