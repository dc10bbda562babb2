/**
 * Loads our relay: pairs of ends that speak relay-control.ts and send frames of several packets, as the tunnel engine
 * does.
 *
 *     node relay-load-program.ts SETTINGS       SETTINGS: relaySettings below, as JSON
 *
 * Prints RelayLoadCounts as JSON.
 */
import { createPrivateKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { signToken, TestEnd, testKey } from '@edgegateway/cloud-stub/relay/testing';
import { RELAY_PATH } from '@edgegateway/protocol/network-endpoints';
import { decodeRelayFrame, encodeRelayFrame } from '@edgegateway/protocol/relay-frame';
import { maskNothing } from '@edgegateway/tunnel/io/relay-connection';
import { z } from 'zod';
import { driveTraffic, type Pair, type RelayLoadSettings, relayLoadSettings } from './relay-traffic.ts';

const settingsOfOurs = relayLoadSettings.extend({ tokenKeyPem: z.string() });

async function meet(settings: RelayLoadSettings, tokenKey: KeyObject): Promise<Pair> {
  const url = `wss://${settings.address}:${settings.port}${RELAY_PATH}`;
  const sid = randomUUID();
  const keys = [testKey(), testKey()] as const;
  const newEnd = () => new TestEnd(url, settings.caPem, { generateMask: maskNothing });
  const ends = [newEnd(), newEnd()] as const;
  const open = async (own: 0 | 1, peer: 0 | 1) => {
    await ends[own].authenticate(keys[own]);
    return ends[own].openSession(
      await signToken(tokenKey, { sub: keys[own].publicKey, peers: [keys[peer].publicKey], sid }),
    );
  };
  const { channels } = await open(0, 1);
  await open(1, 0);
  await ends[0].next('presence');
  const packets = Array.from({ length: settings.burst }, () => randomBytes(settings.packetBytes));
  const frame = encodeRelayFrame({ type: 'wireguard', epoch: 0, channel: channels[0]?.channel ?? 0, packets });
  const [sender, receiver] = ends.map(({ socket }) => socket.removeAllListeners('message'));
  return {
    sendBurst: () => sender?.send(frame),
    onArrived: (arrived) =>
      receiver?.on('message', (data, isBinary) => {
        if (isBinary && Buffer.isBuffer(data)) arrived(decodeRelayFrame(data).packets.length);
      }),
  };
}

const { tokenKeyPem, ...settings } = settingsOfOurs.parse(JSON.parse(process.argv[2] ?? ''));
const tokenKey = createPrivateKey(tokenKeyPem);
const pairs: Pair[] = [];
for (let pair = 0; pair < settings.pairs; pair += 1) pairs.push(await meet(settings, tokenKey));
console.log(JSON.stringify(await driveTraffic(pairs, settings)));
// A hundred closing handshakes say nothing: the relay sees its ends go.
process.exit();
