/**
 * The client in its Linux form, for the laboratory and for tests.
 *
 *     node main.ts open LINK --cloud HOST[:PORT] [--ca FILE] [--proxy-file FILE]
 *         [--path direct-preferred|relay-only] [--interface NAME]
 *
 * It runs until the session ends (exit status 0) or cannot be opened (1). SIGINT and SIGTERM leave the session.
 */
import { hostname } from 'node:os';
import { giveEachAddressTime } from '@edgegateway/tunnel/io/address-attempts';
import { LinuxNetworkMonitor } from '@edgegateway/tunnel/linux/network-monitor';
import { resetOwnConnections } from '@edgegateway/tunnel/linux/own-connections';
import { CommandError } from '@edgegateway/tunnel/linux/run-command';
import { readVirtualInterfaces } from '@edgegateway/tunnel/linux/virtual-interfaces';
import { readWayOut } from '@edgegateway/tunnel/linux/way-out';
import { createWireguardInterface } from '@edgegateway/tunnel/linux/wireguard';
import type { TunnelLog } from '@edgegateway/tunnel/tunnel-log';
import { type ClientPlatform, ClientSession } from '../core/client-session.ts';
import { ClientError } from '../core/errors.ts';
import { RELAY_REASON_SENTENCES } from '../core/relay-reason-sentences.ts';
import { VERSION } from '../core/version.ts';
import { readArguments } from './arguments.ts';

giveEachAddressTime();

const log: TunnelLog = (level, message, fields) => console.error(JSON.stringify({ level, message, ...fields }));

async function resetConnections(address: string, hosts: readonly string[]): Promise<void> {
  try {
    await resetOwnConnections(address, hosts);
  } catch (error) {
    log('warn', 'Programs that use the tunnel could not be told of its end.', { problem: String(error) });
  }
}

function linuxPlatform(interfaceName: string): ClientPlatform {
  return {
    readWayOut,
    readVirtualInterfaces,
    createNetworkMonitor: (ignoredInterface) => new LinuxNetworkMonitor({ ignoredInterface, log }),
    information: { version: VERSION, platform: 'linux', computer: hostname() },
    async createInterface(keys, address) {
      try {
        return await createWireguardInterface({
          name: interfaceName,
          implementation: 'wireguard-go',
          privateKey: keys.privateKey,
          addresses: [address],
          resetConnections: (hosts) => resetConnections(address, hosts),
        });
      } catch (cause) {
        if (!(cause instanceof CommandError)) throw cause;
        throw new ClientError('missing-privilege', `The interface cannot be made (${cause.message}).`, { cause });
      }
    },
  };
}

async function main(): Promise<number> {
  const { link, cloud, policy, interfaceName } = readArguments(process.argv.slice(2));
  const session = new ClientSession({
    cloud,
    ticket: link.ticket,
    policy,
    platform: linuxPlatform(interfaceName),
    log,
  });
  session.on('configured', ({ session: { name, expiresAt } }) => console.log(`session ${name}, until ${expiresAt}`));
  session.on('warning', (sentence) => console.log(`warning: ${sentence}`));
  session.on('connected', (gateway, path) => console.log(`connected to ${gateway} over the ${path} path`));
  session.on('path', (gateway, path) => console.log(`path ${gateway} ${path}`));
  session.on('relayed', (gateway, reason) => console.log(`relay ${gateway}: ${RELAY_REASON_SENTENCES[reason]}`));
  session.on('lost', (gateway, reason) => console.log(`lost ${gateway}: ${reason}`));
  session.on('trouble', (sentence) => console.error(sentence));
  const ended = new Promise<string>((resolve) => session.once('ended', resolve));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void session.leave());
  try {
    await session.open();
  } catch (error) {
    await session.close('The session could not be opened.');
    throw error;
  }
  console.log(`ended: ${await ended}`);
  return 0;
}

async function run(): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof ClientError ? error.message : error);
    process.exitCode = 1;
  }
}

void run();
