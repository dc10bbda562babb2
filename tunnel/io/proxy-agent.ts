/**
 * Connections through an HTTP proxy, and what its refusals mean.
 */
import { Agent, type AgentOptions } from 'node:https';
import type { HttpProxy } from '../http-proxy.ts';

/** Milliseconds in which the proxy has to answer: less than whoever waits for the connection allows, so that the proxy is named. */
const TUNNEL_TIMEOUT = 8000;

/**
 * For `node:https` and ws: TLS is negotiated through the proxy with the server itself, by the options of the request,
 * its own authority included. The name is resolved by the proxy.
 */
export function proxyAgent({ url, credentials }: HttpProxy, options: AgentOptions = {}): Agent {
  const address = new URL(url);
  address.username = encodeURIComponent(credentials?.user ?? '');
  address.password = encodeURIComponent(credentials?.password ?? '');
  return new Agent({ ...options, proxyEnv: { HTTPS_PROXY: address.href }, timeout: TUNNEL_TIMEOUT });
}

export interface ProxyProblem {
  readonly code: 'proxy-unreachable' | 'proxy-authentication' | 'proxy-refused';
  /** Plain, without what the user can do about it, which differs between a gateway and a client. */
  readonly sentence: string;
}

/** connect(2) and getaddrinfo(3): the proxy is all that this end connects to by itself. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** RFC 9110 section 15.5.8; tinyproxy answers wrong credentials with 401. */
const AUTHENTICATION_STATUS = new Set([401, 407]);

/** What an error of a connection through this proxy says of the proxy; null when it came from beyond it. */
export function proxyProblem({ url, credentials }: HttpProxy, error: Error): ProxyProblem | null {
  const { host } = new URL(url);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NOT_CONNECTED.has(code))
    return { code: 'proxy-unreachable', sentence: `The proxy ${host} cannot be reached (${code}).` };
  // Node's own code for a CONNECT that did not succeed; with `statusCode` when there was an answer.
  if (code !== 'ERR_PROXY_TUNNEL') return null;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null;
  if (status === null)
    return { code: 'proxy-unreachable', sentence: `The proxy ${host} did not answer as a proxy does.` };
  if (AUTHENTICATION_STATUS.has(status)) {
    const what =
      credentials === null
        ? 'asks for a user name and a password'
        : `refuses the user "${credentials.user}" with this password`;
    return { code: 'proxy-authentication', sentence: `The proxy ${host} ${what} (status ${status}).` };
  }
  const what = status < 500 ? 'does not allow this connection' : 'does not reach the server';
  return { code: 'proxy-refused', sentence: `The proxy ${host} ${what} (status ${status}).` };
}
