/**
 * The virtual machine that stands for a gateway: one core, a disk, two Ethernet cards in the order of the real
 * ones, a serial console. Always software emulation: KVM can be present and still hang every guest.
 */

/** Cards in the order of their PCI addresses; the image names the first wan0 and the second lan0. */
export interface MachineNetwork {
  /** The namespace (ip-netns(8)) that the machine runs in and that holds its TAP devices. */
  namespace: string;
  wan: { tap: string; macAddress: string };
  lan: { tap: string; macAddress: string };
}

export interface MachineFiles {
  /** The firmware's program, and this machine's own copy of its variables. */
  firmware: string;
  firmwareVariables: string;
  /** A raw disk image of this machine alone: it is written to. */
  disk: string;
  /** A raw image that shows as a USB stick. */
  stick?: string | undefined;
  /** What the first serial port says is appended here. */
  serialLog: string;
  /** The second serial port, as a UNIX socket that QEMU listens on. */
  secondSerialSocket?: string | undefined;
  qmpSocket: string;
}

const MEMORY_MEBIBYTES = 1024;
/**
 * One: with several, QEMU's emulation lets a guest kernel patch its own code while another core still runs the old
 * translation, and the kernel dies of it now and then.
 */
const CORES = 1;
/** Without the string instructions whose emulation makes a boot a quarter slower. */
const PROCESSOR = 'max,erms=off,fsrm=off';

/** A comma separates QEMU's options; doubled, it is part of a value (qemu(1), "-drive"). */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}

function card(name: 'wan' | 'lan', { tap, macAddress }: { tap: string; macAddress: string }, slot: number): string[] {
  return [
    ...['-netdev', `tap,id=${name},ifname=${tap},script=no,downscript=no`],
    // Without its option ROM the firmware does not try to boot from the network.
    ...['-device', `virtio-net-pci,netdev=${name},mac=${macAddress},addr=${slot},romfile=`],
  ];
}

/** The arguments of qemu-system-x86_64(1). */
export function qemuArguments(files: MachineFiles, network: MachineNetwork): string[] {
  const stick = files.stick === undefined ? [] : usbStick(files.stick);
  const secondSerial =
    files.secondSerialSocket === undefined
      ? []
      : ['-serial', `unix:${escaped(files.secondSerialSocket)},server=on,wait=off`];
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35'],
    ...['-accel', 'tcg,thread=multi', '-cpu', PROCESSOR, '-smp', String(CORES), '-m', String(MEMORY_MEBIBYTES)],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(files.firmware)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${escaped(files.firmwareVariables)}`],
    // The host's page cache survives the guest's power cuts, and that is all that a throw-away disk needs.
    ...['-drive', `if=none,id=disk,format=raw,cache=unsafe,discard=unmap,file=${escaped(files.disk)}`],
    ...['-device', 'virtio-blk-pci,drive=disk,bootindex=1,addr=4'],
    ...card('wan', network.wan, 5),
    ...card('lan', network.lan, 6),
    ...['-device', 'virtio-rng-pci'],
    ...stick,
    ...['-serial', `file:${escaped(files.serialLog)}`],
    ...secondSerial,
    ...['-qmp', `unix:${escaped(files.qmpSocket)},server=on,wait=off`],
  ];
}

function usbStick(file: string): string[] {
  return [
    ...['-drive', `if=none,id=stick,format=raw,readonly=on,file=${escaped(file)}`],
    ...['-device', 'qemu-xhci', '-device', 'usb-storage,drive=stick,removable=on'],
  ];
}
