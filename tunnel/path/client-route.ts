/** Where the client's packets of WireGuard go as its path stands, and how large they may be. */
import type { PairId } from './check-list.ts';
import { type ClientPath, packetBytesOn } from './client-path.ts';
import { PACKET_BYTES, type PacketBytes } from './path-size.ts';

/** Where a packet of WireGuard goes now. `isEmpty`: it carries nothing but a sign of life. */
export type Route =
  | { readonly to: 'relay' }
  | { readonly to: 'direct'; readonly remote: PairId }
  | { readonly to: 'both'; readonly remote: PairId };

export function routeOf({ stage }: ClientPath, hasRelay: boolean, isEmpty: boolean): Route {
  switch (stage.state) {
    case 'relay':
    case 'probing':
      return { to: 'relay' };
    case 'trial':
      if (isEmpty || (stage.from === null && !hasRelay)) return { to: 'direct', remote: stage.pair };
      return stage.from === null ? { to: 'relay' } : { to: 'direct', remote: stage.from };
    case 'direct':
      return { to: 'direct', remote: stage.pair };
    case 'suspect':
      if (!hasRelay) return { to: 'direct', remote: stage.pair };
      return stage.both ? { to: 'both', remote: stage.pair } : { to: 'relay' };
  }
}

/** The largest packet of WireGuard's that takes this route, bytes inside the tunnel. */
export function clientPacketBytes(path: ClientPath, hasRelay: boolean): PacketBytes {
  const route = routeOf(path, hasRelay, false);
  return route.to === 'relay' ? PACKET_BYTES.full : packetBytesOn(path, route.remote);
}
