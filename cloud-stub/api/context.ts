/** What every part of the interface works with. */
import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { CloudConfiguration } from '../configuration.ts';
import type { HubOfAll } from '../hub/hub.ts';
import type { Store } from '../store/store.ts';
import type { Changes } from './changes.ts';

export interface Context {
  readonly configuration: Pick<
    CloudConfiguration,
    | 'web'
    | 'relays'
    | 'stunServers'
    | 'tunnelNetwork'
    | 'secondFactor'
    | 'auditRetentionDays'
    | 'organisation'
    | 'clientDownload'
  >;
  readonly store: Store;
  readonly hub: HubOfAll;
  readonly relayTokenPrivateKey: KeyObject;
  /** Ed25519; signs exports of the audit log. */
  readonly auditKey: KeyObject;
  readonly changes: Changes;
  readonly log: Logger;
  readonly now: () => Date;
}

/** Who asks, for the audit log. */
export interface Asker {
  readonly actor: string;
  /** IP address, where one is known. */
  readonly origin: string | null;
}

export const CLOUD: Asker = { actor: 'cloud', origin: null };

/** `host[:port]` of the web interface. */
export function cloudAuthority({ web }: Context['configuration']): string {
  return web.port === 443 ? web.host : `${web.host}:${web.port}`;
}
