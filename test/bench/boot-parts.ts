/** Moments of a boot as systemd keeps them (org.freedesktop.systemd1(5)), in microseconds before or since the kernel's start. */
const MOMENT = /^(\w+)TimestampMonotonic=(\d+)$/;
const MICROSECONDS = 1e6;

/**
 * @param lines of `systemctl show`, for Firmware, Loader, InitRD, Userspace and Finish
 * @returns seconds by part, as `systemd-analyze time` tells them; without those before the kernel where the firmware does not tell them
 * @throws Error that names a moment that is missing
 */
export function bootParts(lines: readonly string[]): Readonly<Record<string, number>> {
  const moments = new Map(lines.map((line) => MOMENT.exec(line)).map((match) => [match?.[1], Number(match?.[2])]));
  const at = (name: string): number => {
    const moment = moments.get(name);
    if (moment === undefined) throw new Error(`systemd does not tell its ${name} timestamp: ${lines.join('; ')}`);
    return moment / MICROSECONDS;
  };
  const beforeKernel =
    at('Firmware') === 0 ? {} : { firmware: at('Firmware') - at('Loader'), 'boot loader': at('Loader') };
  return {
    ...beforeKernel,
    kernel: at('InitRD'),
    initrd: at('Userspace') - at('InitRD'),
    'everything started': at('Finish') - at('Userspace'),
  };
}
