/**
 * Reads `wg show INTERFACE dump` (wg(8)): one line of the interface, then one line a peer, fields parted by tabs.
 */
import { port, wireguardPublicKey } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import type { PeerCounters } from '../wireguard-device.ts';

export interface WireguardDump {
  readonly listenPort: number;
  readonly peers: PeerCounters[];
}

export class WireguardDumpError extends Error {
  override readonly name = 'WireguardDumpError';
}

const count = z
  .string()
  .regex(/^[0-9]{1,15}$/)
  .transform(Number);
const listenPort = z
  .string()
  .regex(/^[0-9]{1,5}$/)
  .transform(Number)
  .pipe(port);

/**
 * The interface's private key and the peers' preshared keys stand in the dump; they are not kept.
 * @throws WireguardDumpError
 */
export function parseWireguardDump(text: string): WireguardDump {
  const [interfaceLine = '', ...peerLines] = text.split('\n').filter((line) => line !== '');
  const interfaceFields = interfaceLine.split('\t');
  if (interfaceFields.length !== 4) throw new WireguardDumpError('the line of the interface has not four fields');
  return { listenPort: field(listenPort, interfaceFields[2], 'listen port'), peers: peerLines.map(parsePeer) };
}

function parsePeer(line: string): PeerCounters {
  const fields = line.split('\t');
  if (fields.length !== 8) throw new WireguardDumpError('the line of a peer has not eight fields');
  const handshakeSeconds = field(count, fields[4], 'latest handshake');
  return {
    publicKey: field(wireguardPublicKey, fields[0], 'public key'),
    endpoint: parseEndpoint(fields[2] ?? ''),
    latestHandshakeAt: handshakeSeconds === 0 ? null : handshakeSeconds * 1000,
    receivedBytes: field(count, fields[5], 'received bytes'),
    sentBytes: field(count, fields[6], 'sent bytes'),
  };
}

/** `192.0.2.1:51820`, `[2001:db8::1]:51820` or `(none)`. */
function parseEndpoint(text: string): PeerCounters['endpoint'] {
  const parts = /^(?:\[([0-9a-f:.]+)(?:%[^\]]*)?\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const address = parts?.[1] ?? parts?.[2];
  return address === undefined ? null : { address, port: field(listenPort, parts?.[3], 'endpoint') };
}

function field<T>(schema: z.ZodType<T>, text: string | undefined, name: string): T {
  const parsed = schema.safeParse(text);
  if (!parsed.success) throw new WireguardDumpError(`the field "${name}" is not understood`);
  return parsed.data;
}
