import { beforeEach, expect, test } from 'vitest';
import { NetworkEvents } from './network-events.ts';

let events: NetworkEvents;

beforeEach(() => {
  events = new NetworkEvents('rc-client');
});

const address = (name: string, lifetime = 'forever', flags = '') =>
  `3: ${name}    inet6 fd00::5/64 scope global ${flags}\\       valid_lft ${lifetime} preferred_lft ${lifetime}`;

const link = (flags: string) =>
  `3: wlan0: <BROADCAST,${flags}> mtu 1500 qdisc noqueue state UP group default \\    link/ether`;

const route = (other: string) =>
  `10.1.0.0/16 \\\tnexthop via 10.9.0.1 dev rc-client weight 1 \\\tnexthop via 10.9.0.7 dev ${other} weight 1 `;

test('T5: an address that comes or goes is news', () => {
  expect(events.isNews(address('eth0'))).toBe(true);
  expect(events.isNews(`Deleted ${address('eth0')}`)).toBe(true);
  expect(events.isNews(address('eth0'))).toBe(true);
});

test('an address whose lifetime alone is new is no news, one that becomes usable is', () => {
  expect(events.isNews(address('eth0', '100sec', 'tentative '))).toBe(true);
  expect(events.isNews(address('eth0', '100sec'))).toBe(true);
  expect(events.isNews(address('eth0', '99sec'))).toBe(false);
});

test('T5: every new route is news, also one that was there before: a replaced route is not told to have gone', () => {
  for (const router of ['10.9.0.1', '10.9.0.3', '10.9.0.1']) {
    expect(events.isNews(`default via ${router} dev eth0 `)).toBe(true);
  }
  expect(events.isNews('Deleted default via 10.9.0.1 dev eth0 ')).toBe(true);
  expect(events.isNews('unreachable 10.0.0.0/8 ')).toBe(true);
});

test('T5: a link that loses its cable is news, what a wireless card says of its scans is not', () => {
  expect(events.isNews(link('UP,LOWER_UP'))).toBe(true);
  expect(events.isNews(link('UP,LOWER_UP'))).toBe(false);
  expect(events.isNews(link('UP'))).toBe(true);
  expect(events.isNews(`Deleted ${link('UP')}`)).toBe(true);
});

test('nothing of the tunnel’s own interface is news', () => {
  const lines = [
    '7: rc-client: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1280 qdisc fq_codel state UNKNOWN \\    link/none',
    '7: rc-client    inet 100.64.0.2/32 scope global rc-client\\       valid_lft forever preferred_lft forever',
    '192.168.250.10 dev rc-client scope link ',
    'local 100.64.0.2 dev rc-client table local proto kernel scope host src 100.64.0.2 ',
  ];
  for (const line of lines) {
    expect(events.isNews(line), line).toBe(false);
    expect(events.isNews(`Deleted ${line}`), line).toBe(false);
  }
});

test('a route over several interfaces is news as long as one of them is not the tunnel’s', () => {
  expect(events.isNews(route('eth0'))).toBe(true);
  expect(events.isNews(route('rc-client'))).toBe(false);
});

test('an empty line is no news', () => {
  expect(events.isNews('')).toBe(false);
});
