import { describe, expect, test } from 'vitest';
import { type MachineFiles, type MachineNetwork, qemuArguments } from './qemu-arguments.ts';

const FILES: MachineFiles = {
  firmware: '/firmware',
  firmwareVariables: '/variables',
  disk: '/disk.qcow2',
  serialLog: '/serial.log',
  qmpSocket: '/qmp.sock',
};
const TAPS: MachineNetwork = {
  kind: 'taps',
  namespace: 'gateway',
  wan: { tap: 'tap-wan', macAddress: '52:54:00:00:00:01' },
  lan: { tap: 'tap-lan', macAddress: '52:54:00:00:00:02' },
};
const USER: MachineNetwork = { kind: 'user', lanAddress: '192.168.250.1/24', amsPort: 8443, internet: false };

function placeOfCard(argv: string[], card: string): number {
  return Number(/addr=(\d+)/.exec(argv.find((word) => word.startsWith(`virtio-net-pci,netdev=${card}`)) ?? '')?.[1]);
}

describe("the virtual gateway's machine", () => {
  test.each([TAPS, USER, { kind: 'none' as const }])(
    'has the WAN card before the LAN card, because their order gives them their names',
    (network) => {
      const argv = qemuArguments(FILES, { network });
      expect(placeOfCard(argv, 'wan')).toBeLessThan(placeOfCard(argv, 'lan'));
    },
  );

  test('never uses KVM', () => {
    expect(qemuArguments(FILES, { network: TAPS }).join(' ')).not.toContain('kvm');
  });

  test('has one core, because a kernel that patches itself dies under several emulated ones', () => {
    expect(qemuArguments(FILES, { network: TAPS }).join(' ')).toContain('-smp 1 ');
  });

  test('shows the stick read-only', () => {
    const argv = qemuArguments({ ...FILES, stick: '/stick.img' }, { network: TAPS });
    expect(argv.find((word) => word.includes('file=/stick.img'))).toContain('readonly=on');
  });

  test('takes paths with commas', () => {
    expect(qemuArguments({ ...FILES, disk: '/a,b.qcow2' }, { network: TAPS }).join(' ')).toContain('file=/a,,b.qcow2');
  });

  test('has no screen and no snapshot unless it is told', () => {
    const argv = qemuArguments(FILES, { network: { kind: 'none' } }).join(' ');
    for (const word of ['VGA', 'loadvm']) expect(argv).not.toContain(word);
  });
});

describe("the user's own network", () => {
  test('leads one port of the loopback to the AMS', () => {
    const argv = qemuArguments(FILES, { network: USER }).join(' ');
    expect(argv).toContain('hostfwd=tcp:127.0.0.1:8443-192.168.250.1:443');
  });

  test.each([
    [false, 'user,id=wan,restrict=on'],
    [true, 'user,id=wan,restrict=off'],
  ])('lets the WAN side out: %j', (internet, expected) => {
    expect(qemuArguments(FILES, { network: { ...USER, internet } })).toContain(expected);
  });

  test('never lets the plant side out', () => {
    const argv = qemuArguments(FILES, { network: { ...USER, internet: true } });
    expect(argv.find((word) => word.startsWith('user,id=lan'))).toContain('restrict=on');
  });
});
