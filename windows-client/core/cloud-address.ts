import { Agent } from 'node:https';
import { withoutRootDot } from '@edgegateway/protocol/host-name';
import type { HttpProxy } from '@edgegateway/tunnel/http-proxy';
import { proxyAgent } from '@edgegateway/tunnel/io/proxy-agent';

/** The cloud that a client belongs to, and how it is reached. */
export interface CloudAddress {
  /** `HOST` or `HOST:PORT`, as it stands in a link. */
  readonly authority: string;
  /** PEM: the only authorities trusted; null: those of the system. */
  readonly caPem: string | null;
  /** Null: directly. */
  readonly proxy: HttpProxy | null;
}

/** For all requests to the cloud: one that follows another goes over the connection of the one before. */
export function cloudAgent({ caPem, proxy }: CloudAddress): Agent {
  const options = { keepAlive: true, ...(caPem === null ? {} : { ca: caPem }) };
  return proxy === null ? new Agent(options) : proxyAgent(proxy, options);
}

const HTTPS_PORT = ':443';

/** Whether two authorities name the same server: case, the default port and a name's root dot do not count. */
export function isSameCloud(left: string, right: string): boolean {
  return normalised(left) === normalised(right);
}

function normalised(authority: string): string {
  const lower = withoutRootDot(authority.toLowerCase());
  return lower.endsWith(HTTPS_PORT) ? lower.slice(0, -HTTPS_PORT.length) : lower;
}
