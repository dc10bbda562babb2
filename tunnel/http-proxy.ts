/**
 * The HTTP proxy of a company, through which connections to the cloud and to the relays go (CONNECT, RFC 9110 section
 * 9.3.6). TLS runs inside, from end to end.
 */
import { z } from 'zod';

const NO_CONTROL_CHARACTER = /^\P{Cc}*$/u;

const proxyCredentials = z.strictObject({
  /** RFC 7617 section 2: the first colon ends the name. */
  user: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^:\p{Cc}]*$/u, 'must be a user name without a colon'),
  password: z.string().max(200).regex(NO_CONTROL_CHARACTER, 'must be one line'),
});

export const httpProxy = z.strictObject({
  /** `http://HOST:PORT`, and nothing more: credentials in an address end up in logs. */
  url: z.string().max(300).refine(isBareHttpUrl, 'must be http://HOST:PORT'),
  /** For basic authentication (RFC 7617); null where the proxy asks for none. */
  credentials: proxyCredentials.nullable().default(null),
});
export type HttpProxy = z.infer<typeof httpProxy>;

/**
 * Reads a proxy as it stands in a file: the JSON of `httpProxy`, or `http://USER:PASSWORD@HOST:PORT` with what is
 * special in a URL percent-encoded. Null when it is neither.
 */
export function parseHttpProxy(text: string): HttpProxy | null {
  try {
    return httpProxy.safeParse(text.trimStart().startsWith('{') ? JSON.parse(text) : fromUrl(text.trim())).data ?? null;
  } catch {
    return null;
  }
}

function fromUrl(text: string): unknown {
  const url = new URL(text);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return { url: url.href, credentials: user === '' && password === '' ? null : { user, password } };
}

function isBareHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:' || url.hostname === '') return false;
  return url.username === '' && url.password === '' && url.pathname === '/' && url.search === '' && url.hash === '';
}
