/** The gateway of a laboratory, whatever it runs in. */
export interface LabGateway {
  /** What the console shows to whoever stands in front of the gateway. */
  console(): Promise<{ readonly oneTimeCode: string; readonly fingerprint: string }>;
  /** kill -9 of the remoteConnect service. */
  killService(): Promise<void>;
  /** The service stands still (SIGSTOP), or goes on. */
  pauseService(): Promise<void>;
  resumeService(): Promise<void>;
  /** The service stands still whatever else it is sent; fulfilled when it has been killed. */
  hangService(): Promise<void>;
  /** What a foreign program may do: every table of nftables is gone. */
  flushFirewall(): Promise<void>;
  /** What routers have said of the size of packets (RFC 1191): the kernel remembers it for ten minutes. */
  forgetPathMtu(): Promise<void>;
  /** What is left of the service in the kernel. */
  tunnelTraces(): Promise<{ readonly interfaceExists: boolean; readonly tableExists: boolean }>;
  close(): Promise<void>;
}

export const FORGET_PATH_MTU = ['ip', 'route', 'flush', 'cache'] as const;

/** The whitelist, and the rules by which STUN shares WireGuard's port. */
export const GATEWAY_TABLES = ['remoteconnect', 'remoteconnect_stun'] as const;

/**
 * A stop begins with SIGTERM and SIGCONT (systemd.kill(5)), and a process that is merely stopped wakes up for it. This one is
 * stopped again before it has done anything.
 */
export function hangCommand(pid: string): string[] {
  return ['sh', '-c', 'while kill -s STOP "$1" 2>/dev/null; do :; done', 'hang', pid];
}
