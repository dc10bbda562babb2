import { createServer } from 'node:net';
import { type PlantScan, plantScan, SCAN_LIMITS } from '@edgegateway/protocol/plant-scan';
import { expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { hostsOf } from './hosts-of.ts';
import { knock } from './knock.ts';
import { parseNeighbours } from './neighbours.ts';
import { PlantScanner } from './plant-scanner.ts';

const never = new AbortController().signal;

/** A plant side in memory: who is there, with which open ports; tells what was done to it. */
class FakePlant {
  readonly done: string[] = [];
  readonly scanner: PlantScanner;
  readonly clock = new FakeClock('2026-06-01T08:00:00.000Z');
  /** How long each knock takes. */
  knockMilliseconds = 0;
  /** Of the firewall: that it cannot be closed. */
  problem: Error | null = null;
  #awake = new Set<string>();

  constructor(hosts: Readonly<Record<string, readonly number[]>>) {
    this.scanner = new PlantScanner({
      clock: this.clock,
      neighbours: () => Promise.resolve([...this.#awake].map((address) => ({ address, mac: '02:00:00:00:00:01' }))),
      knock: (address, port) => {
        this.done.push(`knock ${address} ${port}`);
        this.clock.pass(this.knockMilliseconds);
        if (hosts[address] !== undefined) this.#awake.add(address);
        return Promise.resolve(hosts[address]?.includes(port) === true);
      },
      open: (ports) => {
        this.done.push(`open ${ports.length}`);
        return Promise.resolve({
          close: () => {
            this.done.push('close');
            return this.problem === null ? Promise.resolve() : Promise.reject(this.problem);
          },
        });
      },
    });
  }
}

test('C8: who answers is found with the open ports, in the order of the addresses', async () => {
  const plant = new FakePlant({ '192.168.250.20': [], '192.168.250.3': [80, 502] });
  const scan = await plant.scanner.scan(['192.168.250.0/27'], never);
  expect(plantScan.parse(scan).hosts).toEqual([
    { address: '192.168.250.3', mac: '02:00:00:00:00:01', openPorts: [80, 502] },
    { address: '192.168.250.20', mac: '02:00:00:00:00:01', openPorts: [] },
  ]);
});

test('the firewall is open for the time of the scan, and only ports of hosts that are there are tried', async () => {
  const plant = new FakePlant({ '192.168.250.3': [80] });
  await plant.scanner.scan(['192.168.250.0/30'], never);
  expect(plant.done.at(0)).toBe('open 13');
  expect(plant.done.at(-1)).toBe('close');
  expect(plant.done.filter((one) => one.startsWith('knock'))).toEqual([
    'knock 192.168.250.1 80',
    'knock 192.168.250.2 80',
  ]);
});

test('a network larger than a /22 is skipped and named', async () => {
  const plant = new FakePlant({ '10.0.0.1': [80] });
  const scan = await plant.scanner.scan(['10.0.0.0/8', '192.168.250.0/30'], never);
  expect(scan).toMatchObject({ networks: ['192.168.250.0/30'], skipped: ['10.0.0.0/8'], hosts: [] });
});

test('one scan at a time; the next one is possible again', async () => {
  const plant = new FakePlant({});
  const both = await Promise.all([plant.scanner.scan(['192.168.250.0/30'], never), plant.scanner.scan([], never)]);
  expect(both.map((one: PlantScan | null) => one === null)).toEqual([false, true]);
  expect(await plant.scanner.scan([], never)).not.toBeNull();
});

test('a scan that failed does not stand in the way of the next one', async () => {
  const plant = new FakePlant({});
  plant.problem = new Error('nft is gone');
  await expect(plant.scanner.scan([], never)).rejects.toThrow('nft is gone');
  plant.problem = null;
  expect(await plant.scanner.scan([], never)).not.toBeNull();
});

test('the answer comes in time: who was found until then is told, and nothing is tried any more', async () => {
  const plant = new FakePlant({ '192.168.250.1': [80, 8080] });
  plant.knockMilliseconds = (SCAN_LIMITS.seconds * 1000) / 8;
  const scan = await plant.scanner.scan(['192.168.250.0/30'], never);
  expect(scan?.hosts).toEqual([{ address: '192.168.250.1', mac: '02:00:00:00:00:01', openPorts: [80] }]);
  expect(plant.done.filter((one) => one.startsWith('knock'))).toHaveLength(8);
});

test('a scan that is broken off tells nothing', async () => {
  const plant = new FakePlant({ '192.168.250.1': [80] });
  const reason = new Error('the service stops');
  await expect(plant.scanner.scan(['192.168.250.0/30'], AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(plant.done).toEqual(['open 13', 'close']);
});

test('all hosts of a network, without its own and its broadcast address', () => {
  expect(hostsOf('192.168.250.252/30')).toEqual(['192.168.250.253', '192.168.250.254']);
  expect(hostsOf('10.1.0.0/22')).toHaveLength(1022);
  expect(hostsOf('10.1.0.0/21')).toBeNull();
  expect(hostsOf('10.1.0.7/32')).toEqual([]);
});

test('neighbours that did not answer are none, and IPv6 is left out', () => {
  const text = JSON.stringify([
    { dst: '192.168.250.3', lladdr: '02:00:00:00:00:0A', state: ['REACHABLE'] },
    { dst: '192.168.250.4', state: ['FAILED'] },
    { dst: '192.168.250.5', lladdr: '02:00:00:00:00:0b', state: ['INCOMPLETE'] },
    { dst: 'fe80::1', lladdr: '02:00:00:00:00:0c', state: ['STALE'] },
  ]);
  expect(parseNeighbours(text)).toEqual([{ address: '192.168.250.3', mac: '02:00:00:00:00:0a' }]);
  expect(parseNeighbours('')).toEqual([]);
});

test('a port is open when it accepts, and closed when it refuses', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await knock('127.0.0.1', port, 5000, never)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await knock('127.0.0.1', port, 5000, never)).toBe(false);
});
