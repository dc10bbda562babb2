/**
 * Loads a TURN server: pairs of ends over TLS, each with an allocation, that send each other channel data from one
 * relayed address to the other.
 *
 *     node turn-load-program.ts SETTINGS       SETTINGS: RelayLoadSettings as JSON
 *
 * Prints RelayLoadCounts as JSON.
 */
import { randomBytes } from 'node:crypto';
import { driveTraffic, type Pair, type RelayLoadSettings, relayLoadSettings } from './relay-traffic.ts';
import { channelData, TurnEnd } from './turn-end.ts';

async function meet({ address, port, caPem, burst, packetBytes }: RelayLoadSettings): Promise<Pair> {
  const sender = await TurnEnd.allocate(address, port, caPem);
  const receiver = await TurnEnd.allocate(address, port, caPem);
  await sender.bind(receiver.relayed);
  await receiver.bind(sender.relayed);
  const messages = Buffer.concat(Array.from({ length: burst }, () => channelData(randomBytes(packetBytes))));
  return {
    sendBurst: () => sender.send(messages),
    onArrived: (arrived) => receiver.onPackets(arrived),
  };
}

const settings = relayLoadSettings.parse(JSON.parse(process.argv[2] ?? ''));
const pairs: Pair[] = [];
for (let pair = 0; pair < settings.pairs; pair += 1) pairs.push(await meet(settings));
console.log(JSON.stringify(await driveTraffic(pairs, settings)));
process.exit();
