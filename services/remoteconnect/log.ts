import type { TunnelLog } from '@edgegateway/tunnel/tunnel-log';

/** The part of a pino logger that the service uses. */
export interface ServiceLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The same log for the tunnel's parts, which put the message first. */
export function tunnelLog(log: ServiceLog): TunnelLog {
  return (level, message, fields) => log[level](fields ?? {}, message);
}
