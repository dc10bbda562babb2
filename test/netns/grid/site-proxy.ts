/**
 * The HTTP proxy of a site that has no other way out. It opens connections to port 443 and cuts those that are silent for
 * a while; a connection that says nothing shows when a rest has been longer than that.
 */
import type { HttpProxy } from '@edgegateway/tunnel/http-proxy';
import { startHttpProxy } from '../../lab/http-proxy.ts';
import { CLOUD_ADDRESSES } from './internet.ts';
import type { Program, Programs } from './programs.ts';
import type { SilentConnectionSettings } from './silent-connection-program.ts';
import type { TunnelEnd } from './tunnel-pair.ts';

/** Little more than the 15 s between two signs of life of a relay connection (tunnel/io/relay-connection.ts). */
const PATIENCE_SECONDS = 18;
const HTTPS_PORT = 443;
const CREDENTIALS = { user: 'anna', password: 'quiet-secret' };

type End = Pick<TunnelEnd, 'name' | 'role' | 'site'>;

/** What the end is told of its proxy; null: it has none. The client's asks for a password, the gateway's does not. */
export function proxyOf({ role, site: { proxyPlace } }: End): HttpProxy | null {
  if (proxyPlace === null) return null;
  const url = `http://${proxyPlace.address}:${proxyPlace.port}`;
  return { url, credentials: role === 'client' ? CREDENTIALS : null };
}

/** Nothing happens for an end without a proxy. */
export async function startSiteProxy(programs: Programs, end: End): Promise<void> {
  const { proxyPlace } = end.site;
  if (proxyPlace === null) return;
  programs.own(
    await startHttpProxy({
      ...{ directory: programs.directory, place: proxyPlace, ports: [HTTPS_PORT], idleSeconds: PATIENCE_SECONDS },
      credentials: proxyOf(end)?.credentials ?? null,
    }),
  );
}

/** What a silent connection leads to: relays close those that do not greet them. */
export function startSilentServer(programs: Programs, namespace: string): Promise<Program> {
  const input = [CLOUD_ADDRESSES.silent, String(HTTPS_PORT)];
  return programs.start({ name: 'silent-server', namespace, file: 'silent-server-program.ts', input });
}

/** Waits until the end's proxy has cut a connection that was opened now and stayed silent. */
export async function untilSilenceIsCut(programs: Programs, end: End): Promise<void> {
  const proxy = proxyOf(end);
  if (proxy === null) return;
  const input: SilentConnectionSettings = { proxy, target: `${CLOUD_ADDRESSES.silent}:${HTTPS_PORT}` };
  const silent = await programs.start({
    name: `${end.name}-silence`,
    namespace: end.site.end,
    file: 'silent-connection-program.ts',
    input,
  });
  await silent.untilLine(/^cut$/, 0, PATIENCE_SECONDS * 3);
}
