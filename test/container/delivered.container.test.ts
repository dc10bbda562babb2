/** The gateway as delivered, under its own systemd. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Container } from '../lab/container/container.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { probePorts } from '../lab/port-probe.ts';
import { until } from '../lab/until.ts';
import { type BootedGateway, bootGateway } from './booted-gateway.ts';

let booted: BootedGateway;
let container: Container;

beforeAll(async () => {
  booted = await bootGateway('de');
  container = booted.gateway.container;
});

afterAll(() => booted?.close());

async function property(unit: string, name: string): Promise<string> {
  return (await container.run(['systemctl', 'show', '--value', `--property=${name}`, unit])).trim();
}

describe('a gateway that has just been delivered', () => {
  test('boots without a failed unit', async () => {
    expect(await container.run(['systemctl', 'is-system-running'])).toBe('running\n');
    expect(await container.run(['systemctl', 'list-units', '--failed', '--plain', '--no-legend'])).toBe('');
  });

  test('has remoteConnect off, and nothing of it in the kernel (G2)', async () => {
    expect(await property('remoteconnect.service', 'ActiveState')).toBe('inactive');
    expect(await property('remoteconnect.service', 'ConditionResult')).toBe('no');
    expect(await booted.gateway.tunnelTraces()).toEqual({ interfaceExists: false, tableExists: false });
  });

  test('shows one-time code and fingerprint (G1)', async () => {
    const { oneTimeCode, fingerprint } = await booted.gateway.console();
    expect(oneTimeCode).toMatch(/^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}$/);
    expect(fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  test('gets its WAN address by DHCP and its plant address from its settings', async () => {
    await until('the WAN side has an address', async () =>
      (await container.run(['ip', '-brief', '-4', 'address', 'show', 'dev', 'wan0'])).includes(' 198.18.0.'),
    );
    expect(await container.run(['ip', '-brief', '-4', 'address', 'show', 'dev', 'lan0'])).toContain(LAB_ADDRESSES.ams);
  });

  test('has made an identity of its own, whose key only the service can read (G7)', async () => {
    const key = '/var/lib/remoteconnect/device-key.pem';
    expect(await container.run(['stat', '--format=%U %a', key])).toBe('remoteconnect 600\n');
    await expect(container.run(['cat', key], 'ams')).rejects.toThrow('Permission denied');
  });

  test('lets nobody log in', async () => {
    const running = await container.run(['systemctl', 'list-units', '--state=running', '--plain', '--no-legend']);
    expect(running.split('\n').filter((line) => /getty|ssh|debug-shell|rescue|emergency/.test(line))).toEqual([]);
    const shadow = await container.read('/etc/shadow');
    expect(shadow.split('\n').filter((line) => line !== '' && !line.split(':')[1]?.startsWith('!'))).toEqual([]);
  });

  test('listens for nothing from outside but the AMS (G5)', async () => {
    const sockets = await container.run(['ss', '--no-header', '--numeric', '--listening', '--tcp']);
    const outward = sockets
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[3] ?? '')
      .filter((local) => local !== '' && !/^(?:127\.0\.0\.\d+|\[::1\])(?:%lo)?:/.test(local));
    expect(outward).toEqual(['*%lan0:443']);
  });

  test('does not tell outside that nobody listens behind an open port (G5)', async () => {
    const line = await container.run(['ip', '-brief', '-4', 'address', 'show', 'dev', 'wan0']);
    const [address = ''] = /[\d.]+(?=\/)/.exec(line) ?? [];
    await container.run(['nft', 'add element inet edgegateway tunnel_ports { 40000 }']);
    const silent = { open: [], refused: [] };
    expect(await probePorts(booted.network.namespaces.internet, address, ['40000/udp'])).toEqual(silent);
    // It was heard: only its answer was held back.
    expect(await container.run(['nstat', '--zeros', 'UdpNoPorts'])).toMatch(/UdpNoPorts +[1-9]/);
  });

  test('has an AMS without a network of its own: an inherited socket is all it has', async () => {
    const main = await property('ams.service', 'MainPID');
    const links = await container.run(['nsenter', `--net=/proc/${main}/ns/net`, 'ip', '-brief', 'link']);
    expect(links).toMatch(/^lo [^\n]*\n$/);
  });

  // systemd leaves this limit out without a word where it cannot load BPF programs, and units would be tested without it.
  test('holds a unit to the addresses that it may speak to', async () => {
    const speak = ['bash', '-c', 'echo >/dev/udp/127.0.0.1/9'];
    const asUnit = ['systemd-run', '--quiet', '--wait', '--collect'];
    expect(await container.succeeds([...asUnit, '--property=IPAddressDeny=any', ...speak])).toBe(false);
    expect(await container.succeeds([...asUnit, ...speak])).toBe(true);
  });
});
