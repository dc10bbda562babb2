/**
 * The virtual machine that stands for a gateway: one core, a disk, two Ethernet cards in the order of the real
 * ones, a serial console. Always software emulation: KVM can be present and still hang every guest.
 */

export interface TapCard {
  tap: string;
  macAddress: string;
}

/** Cards in the order of their PCI addresses; the image names the first wan0 and the second lan0. */
export type MachineNetwork =
  /** No cable is plugged in. The cards are there: without one the AMS would wait for its plant side. */
  | { kind: 'none' }
  /** The namespace (ip-netns(8)) that the machine runs in and that holds its TAP devices. */
  | { kind: 'taps'; namespace: string; wan: TapCard; lan: TapCard }
  /** QEMU's own user-mode network. */
  | {
      kind: 'user';
      /** The gateway's address on the plant side, with prefix length. */
      lanAddress: string;
      /** The port of 127.0.0.1 that leads to the AMS. */
      amsPort: number;
      /** Whether the WAN side may go out through this computer; otherwise it gets an address and nothing answers. */
      internet: boolean;
    };

export interface MachineFiles {
  /** The firmware's program (raw), and this machine's own copy of its variables (qcow2). */
  firmware: string;
  firmwareVariables: string;
  /** A qcow2 disk image of this machine alone: it is written to. */
  disk: string;
  /** A raw image that shows as a USB stick. */
  stick?: string | undefined;
  /** What the first serial port says is appended here; it goes to standard output as well. */
  serialLog: string;
  /** The second serial port, as a UNIX socket that QEMU listens on. */
  secondSerialSocket?: string | undefined;
  qmpSocket: string;
}

export interface MachineHardware {
  network: MachineNetwork;
  memoryMebibytes?: number | undefined;
  /** A graphics card, for pictures of the screen. A boot without one is a third shorter. */
  screen?: boolean | undefined;
  /**
   * What the clock of its mainboard says when it gets power, as qemu(1) takes it for `-rtc base=`; the time of this
   * computer where it is not given.
   */
  clock?: string | undefined;
  /** The name of a snapshot inside the disk and the variables: the machine goes on from there instead of booting. */
  snapshot?: string | undefined;
}

export const DEFAULT_MEMORY_MEBIBYTES = 1024;
/**
 * One: with several, QEMU's emulation lets a guest kernel patch its own code while another core still runs the old
 * translation, and the kernel dies of it now and then.
 */
const CORES = 1;
/**
 * Without the string instructions whose emulation makes a boot a quarter slower, and with four levels of page tables
 * instead of five, which is another thirtieth.
 */
const PROCESSOR = 'max,erms=off,fsrm=off,la57=off';
const FIRST_CARD_SLOT = 5;
/**
 * On a busy computer the emulator takes minutes for what a processor does in seconds, while systemd's patience with
 * devices and services counts real time: then the image would fall into its emergency mode.
 */
const PATIENCE_SECONDS = 900;
/** systemd-stub(7) takes them from the firmware while Secure Boot is off, kernel-command-line(7) tells what they mean. */
const KERNEL_WORDS = [
  `systemd.default_device_timeout_sec=${PATIENCE_SECONDS}`,
  `systemd.default_timeout_start_sec=${PATIENCE_SECONDS}`,
].join(' ');

/** The arguments of qemu-system-x86_64(1). */
export function qemuArguments(files: MachineFiles, hardware: MachineHardware): string[] {
  const { network, memoryMebibytes = DEFAULT_MEMORY_MEBIBYTES, screen = false, clock, snapshot } = hardware;
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35'],
    ...['-accel', 'tcg,thread=multi', '-cpu', PROCESSOR, '-smp', String(CORES), '-m', String(memoryMebibytes)],
    ...['-smbios', `type=11,value=io.systemd.stub.kernel-cmdline-extra=${KERNEL_WORDS}`],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(files.firmware)}`],
    ...['-drive', `if=pflash,unit=1,format=qcow2,file=${escaped(files.firmwareVariables)}`],
    // The host's page cache survives the guest's power cuts, and that is all that a disk for trials needs.
    ...['-drive', `if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file=${escaped(files.disk)}`],
    ...['-device', 'virtio-blk-pci,drive=disk,bootindex=1,addr=4'],
    ...cards(network),
    ...['-device', 'virtio-rng-pci'],
    ...(screen ? ['-device', 'VGA'] : []),
    ...(clock === undefined ? [] : ['-rtc', `base=${clock}`]),
    ...(files.stick === undefined ? [] : usbStick(files.stick)),
    ...['-chardev', `stdio,id=console,signal=off,logfile=${escaped(files.serialLog)},logappend=on`],
    ...['-serial', 'chardev:console'],
    ...(files.secondSerialSocket === undefined ? [] : ['-serial', socket(files.secondSerialSocket)]),
    ...['-qmp', socket(files.qmpSocket)],
    ...(snapshot === undefined ? [] : ['-loadvm', snapshot]),
  ];
}

/** A comma separates QEMU's options; doubled, it is part of a value (qemu(1), "-drive"). */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}

function socket(path: string): string {
  return `unix:${escaped(path)},server=on,wait=off`;
}

function cards(network: MachineNetwork): string[] {
  switch (network.kind) {
    case 'none':
      return [...card('wan', 'hubport,hubid=1'), ...card('lan', 'hubport,hubid=2')];
    case 'taps':
      return [
        ...card('wan', tap(network.wan), `mac=${network.wan.macAddress}`),
        ...card('lan', tap(network.lan), `mac=${network.lan.macAddress}`),
      ];
    case 'user':
      return [
        ...card('wan', `user,restrict=${network.internet ? 'off' : 'on'}`),
        ...card('lan', plant(network.lanAddress, network.amsPort)),
      ];
  }
}

function card(name: 'wan' | 'lan', backend: string, ...properties: string[]): string[] {
  const slot = FIRST_CARD_SLOT + (name === 'wan' ? 0 : 1);
  const [kind, ...settings] = backend.split(',');
  return [
    ...['-netdev', [kind, `id=${name}`, ...settings].join(',')],
    // Without its option ROM the firmware does not try to boot from the network.
    ...['-device', ['virtio-net-pci', `netdev=${name}`, ...properties, `addr=${slot}`, 'romfile='].join(',')],
  ];
}

function tap({ tap: name }: TapCard): string {
  return `tap,ifname=${name},script=no,downscript=no`;
}

function plant(lanAddress: string, amsPort: number): string {
  const [address] = lanAddress.split('/');
  return `user,restrict=on,ipv6=off,net=${lanAddress},hostfwd=tcp:127.0.0.1:${amsPort}-${address}:443`;
}

function usbStick(file: string): string[] {
  return [
    ...['-drive', `if=none,id=stick,format=raw,readonly=on,file=${escaped(file)}`],
    ...['-device', 'qemu-xhci', '-device', 'usb-storage,drive=stick,removable=on'],
  ];
}
