/** Under which addresses a released device can be opened from this computer. Pure. */
import type { SessionRelease } from '../../api/contract.ts';

const SCHEME_OF_PORT: Readonly<Record<number, string>> = {
  21: 'ftp',
  22: 'ssh',
  80: 'http',
  443: 'https',
  5900: 'vnc',
  8080: 'http',
  8443: 'https',
};

const DEFAULT_PORT: Readonly<Record<string, number>> = { ftp: 21, ssh: 22, http: 80, https: 443, vnc: 5900 };

/** None where nobody can tell what speaks there. */
export function reachLinks({ address, protocol, port }: SessionRelease['target']): string[] {
  if (protocol === 'udp') return [];
  if (port === undefined) return [`http://${address}`, `https://${address}`];
  const scheme = SCHEME_OF_PORT[port];
  if (scheme === undefined) return [];
  return [`${scheme}://${address}${DEFAULT_PORT[scheme] === port ? '' : `:${port}`}`];
}
