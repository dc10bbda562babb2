import { expect, test } from 'vitest';
import { classifyPacket } from '../lab/packet-capture.ts';
import { notPermitted } from './permitted-packets.ts';

const HEAD = '04:47:24.000001 52:54:00:67:77:01 > 52:54:00:00:00:01, ethertype IPv4 (0x0800), length 74:';

test.each([
  ['DPS', '198.18.0.2.40000 > 203.0.113.10.443: Flags [S], seq 1, win 64240, length 0'],
  ['the hub', '198.18.0.2.40000 > 203.0.113.11.8883: Flags [P.], seq 1:2, ack 1, win 501, length 1'],
  ['a relay', '198.18.0.2.40000 > 203.0.113.23.443: Flags [.], ack 1, win 501, length 0'],
  ['a STUN server', '198.18.0.2.51820 > 203.0.113.30.3478: UDP, length 28'],
  ['a name', '198.18.0.2.40000 > 198.18.0.1.53: 4711+ [1au] A? global.azure-devices-provisioning.net. (66)'],
  ['the direct path', '198.18.0.2.51820 > 198.51.100.10.41641: UDP, length 148'],
])('G6: %s is permitted', (_name, text) => {
  expect(notPermitted([classifyPacket(`${HEAD} ${text}`)])).toEqual([]);
});

test('its own link is no matter of these rows', () => {
  const lease = `${HEAD} 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 52:54:00:67:77:01, length 300`;
  expect(notPermitted([classifyPacket(lease)])).toEqual([]);
});

test.each([
  ['another port of the hub', '198.18.0.2.40000 > 203.0.113.11.443: Flags [S], seq 1, win 64240, length 0'],
  ['UDP to a relay', '198.18.0.2.40000 > 203.0.113.20.443: UDP, length 1200'],
  ['TCP to the technician', '198.18.0.2.40000 > 198.51.100.10.445: Flags [S], seq 1, win 64240, length 0'],
  ['a clock', '198.18.0.2.123 > 203.0.113.80.123: NTPv4, Client, length 48'],
  ['an answer to a knock', '198.18.0.2 > 198.51.100.10: ICMP 198.18.0.2 udp port 51820 unreachable, length 184'],
])('G5: %s is named', (_name, text) => {
  const packet = classifyPacket(`${HEAD} ${text}`);
  expect(notPermitted([packet])).toEqual([packet]);
});
