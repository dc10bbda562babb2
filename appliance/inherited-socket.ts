/** The first socket that systemd hands over (sd_listen_fds(3)). */
const FIRST_DESCRIPTOR = 3;

/** @throws Error when there is none, or not exactly one, for this very process */
export function inheritedSocket(variables: NodeJS.ProcessEnv, pid: number): number {
  if (variables['LISTEN_PID'] !== String(pid))
    throw new Error('LISTEN_PID does not name this process: start ams.socket.');
  if (variables['LISTEN_FDS'] !== '1') throw new Error('The AMS takes exactly one socket: check ams.socket.');
  return FIRST_DESCRIPTOR;
}
