/**
 * Reads what tcpdump wrote (pcap-savefile(5), link type LINUX_SLL2) and checks it: UDP checksums (RFC 768, RFC 8200
 * section 8.1), nothing of the inner packets in clear, and who sent WireGuard data directly to whom.
 */

export interface CaptureFindings {
  readonly packets: number;
  readonly udpPackets: number;
  /** `SOURCE > DESTINATION` of each UDP packet with a wrong checksum. */
  readonly badChecksums: readonly string[];
  /** How often the marker stands anywhere in the capture. */
  readonly inClear: number;
  /** WireGuard transport data packets, by `SOURCE > DESTINATION`. */
  readonly wireguardData: ReadonlyMap<string, number>;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MICROSECONDS_MAGIC = 0xa1b2c3d4;
const LINUX_SLL2 = 276;
const SLL2_HEADER_BYTES = 20;

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const UDP = 17;
const UDP_HEADER_BYTES = 8;
/** Type 4 and three zero bytes (WireGuard's paper, section 5.4.6). */
const TRANSPORT_DATA = 0x04000000;

interface UdpPacket {
  readonly source: Buffer;
  readonly destination: Buffer;
  /** Header and payload. */
  readonly datagram: Buffer;
}

/** @throws Error for a file that is not such a capture */
export function inspectCapture(file: Buffer, marker: Buffer): CaptureFindings {
  const badChecksums: string[] = [];
  const wireguardData = new Map<string, number>();
  let packets = 0;
  let udpPackets = 0;
  for (const record of recordsOf(file)) {
    packets += 1;
    const udp = udpOf(record);
    if (udp === null) continue;
    udpPackets += 1;
    const way = `${textOf(udp.source)} > ${textOf(udp.destination)}`;
    if (!hasGoodChecksum(udp)) badChecksums.push(way);
    if (isTransportData(udp.datagram)) wireguardData.set(way, (wireguardData.get(way) ?? 0) + 1);
  }
  return { packets, udpPackets, badChecksums, wireguardData, inClear: occurrences(file, marker) };
}

function* recordsOf(file: Buffer): Generator<Buffer> {
  if (
    file.length < FILE_HEADER_BYTES ||
    file.readUInt32LE(0) !== MICROSECONDS_MAGIC ||
    file.readUInt32LE(20) !== LINUX_SLL2
  )
    throw new Error('This is not a capture of `tcpdump -i any -w FILE` (pcap, LINUX_SLL2).');
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length; ) {
    const begin = at + RECORD_HEADER_BYTES;
    at = begin + file.readUInt32LE(at + 8);
    // The last record may be half written.
    if (at <= file.length) yield file.subarray(begin, at);
  }
}

function udpOf(record: Buffer): UdpPacket | null {
  const packet = record.subarray(SLL2_HEADER_BYTES);
  switch (record.readUInt16BE(0)) {
    case ETHERTYPE.ipv4: {
      const headerBytes = ((packet[0] ?? 0) & 0x0f) * 4;
      // A fragment has no whole datagram to check.
      const isFragment = (packet.readUInt16BE(6) & 0x3fff) !== 0;
      if (packet[9] !== UDP || isFragment) return null;
      return {
        source: packet.subarray(12, 16),
        destination: packet.subarray(16, 20),
        datagram: packet.subarray(headerBytes, packet.readUInt16BE(2)),
      };
    }
    case ETHERTYPE.ipv6:
      if (packet[6] !== UDP) return null;
      return {
        source: packet.subarray(8, 24),
        destination: packet.subarray(24, 40),
        datagram: packet.subarray(40, 40 + packet.readUInt16BE(4)),
      };
    default:
      return null;
  }
}

function hasGoodChecksum({ source, destination, datagram }: UdpPacket): boolean {
  const isIpv4 = source.length === 4;
  // RFC 768: zero says that the sender made none; RFC 8200 does not allow that.
  if (datagram.readUInt16BE(6) === 0) return isIpv4;
  let sum = UDP + datagram.length;
  for (const part of [source, destination, datagram]) sum += sumOf(part);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum === 0xffff;
}

function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  return bytes.length % 2 === 0 ? sum : sum + (bytes[bytes.length - 1] ?? 0) * 256;
}

function isTransportData(datagram: Buffer): boolean {
  return datagram.length >= UDP_HEADER_BYTES + 4 && datagram.readUInt32BE(UDP_HEADER_BYTES) === TRANSPORT_DATA;
}

function textOf(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_value, index) => address.readUInt16BE(index * 2).toString(16));
  // The canonical text of RFC 5952, as URL has it.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function occurrences(file: Buffer, marker: Buffer): number {
  let count = 0;
  for (let at = file.indexOf(marker); at !== -1; at = file.indexOf(marker, at + 1)) count += 1;
  return count;
}
