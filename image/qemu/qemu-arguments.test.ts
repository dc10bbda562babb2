import { describe, expect, test } from 'vitest';
import { type MachineFiles, qemuArguments } from './qemu-arguments.ts';

const FILES: MachineFiles = {
  firmware: '/firmware',
  firmwareVariables: '/variables',
  disk: '/disk.raw',
  serialLog: '/serial.log',
  qmpSocket: '/qmp.sock',
};
const NETWORK = {
  namespace: 'gateway',
  wan: { tap: 'tap-wan', macAddress: '52:54:00:00:00:01' },
  lan: { tap: 'tap-lan', macAddress: '52:54:00:00:00:02' },
};

function placeOfCard(argv: string[], card: string): number {
  return Number(/addr=(\d+)/.exec(argv.find((word) => word.startsWith(`virtio-net-pci,netdev=${card}`)) ?? '')?.[1]);
}

describe("the virtual gateway's machine", () => {
  test('has the WAN card before the LAN card, because their order gives them their names', () => {
    const argv = qemuArguments(FILES, NETWORK);
    expect(placeOfCard(argv, 'wan')).toBeLessThan(placeOfCard(argv, 'lan'));
  });

  test('never uses KVM', () => {
    expect(qemuArguments(FILES, NETWORK).join(' ')).not.toContain('kvm');
  });

  test('shows the stick read-only', () => {
    const argv = qemuArguments({ ...FILES, stick: '/stick.img' }, NETWORK);
    expect(argv.find((word) => word.includes('file=/stick.img'))).toContain('readonly=on');
  });

  test('takes paths with commas', () => {
    expect(qemuArguments({ ...FILES, disk: '/a,b.raw' }, NETWORK).join(' ')).toContain('file=/a,,b.raw');
  });
});
