/** Where the tunnel tells what it does. `message` is a plain sentence; no secret is ever among the fields. */
export type TunnelLog = (level: 'info' | 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void;
