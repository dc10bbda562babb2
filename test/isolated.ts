/**
 * Runs a command so that nothing it starts, mounts or configures outlives it, however it ends, and so that nothing an
 * earlier run left can be in its way: in PID, mount, network, IPC and UTS namespaces of its own (unshare(1)).
 *
 * - Its first process takes all others with it (pid_namespaces(7)), and it dies with its caller (PR_SET_PDEATHSIG).
 * - The network holds nothing but loopback: no port is taken, and no packet leaves this computer.
 * - `/run` and `/etc/netns` are empty: names of network namespaces, sockets of wireguard-go and locks are its own.
 * - Temporary files lie in a folder with a short name, because the path of a Unix socket ends at 107 bytes (unix(7)).
 */

/** bash is the first process: it reaps what loses its parent, and passes the command's exit status on. */
const INSIDE = `
set -e
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
mkdir -p /run/netns /run/lock /run/tmp
chmod 1777 /run/lock /run/tmp
mkdir -p /etc/netns
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /etc/netns
ip link set lo up
export TMPDIR=/run/tmp
"$@" </dev/null &
wait $!
`;

const NAMESPACES = ['--pid', '--fork', '--kill-child=KILL', '--mount', '--mount-proc', '--net', '--ipc', '--uts'];

export interface Command {
  readonly command: string;
  readonly argv: readonly string[];
}

/** Needs root. */
export function isolated({ command, argv }: Command): Command {
  return {
    command: 'setpriv',
    argv: ['--pdeathsig', 'KILL', 'unshare', ...NAMESPACES, 'bash', '-c', INSIDE, 'isolated', command, ...argv],
  };
}
