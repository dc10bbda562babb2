/** The hub that the configuration names. */
import type { Logger } from 'pino';
import type { CloudConfiguration } from '../configuration.ts';
import type { HostCertificate } from '../pki/pki.ts';
import type { HubCheckpoints } from './azure/hub-event-source.ts';
import { createHubEmulator } from './emulator/hub-emulator.ts';
import type { Hub, HubStorage } from './hub.ts';

export interface ConfiguredHubOptions {
  readonly configuration: Pick<CloudConfiguration, 'idScope' | 'dps' | 'hub'>;
  readonly certificateFor: (host: string) => HostCertificate;
  readonly storage: HubStorage;
  readonly checkpoints: HubCheckpoints;
  readonly log: Logger;
}

/** @throws Error naming a file of a connection string that cannot be read */
export async function configuredHub(options: ConfiguredHubOptions): Promise<Hub> {
  const { configuration, certificateFor, storage, checkpoints, log } = options;
  const { dps, hub, idScope } = configuration;
  if ('kind' in hub) {
    // Only here, because the SDKs are large.
    const { configuredAzureHub } = await import('./azure/configured-azure-hub.ts');
    return configuredAzureHub(hub, checkpoints, log);
  }
  return createHubEmulator({
    idScope,
    dps: { ...dps, certificate: certificateFor(dps.host) },
    hub: { ...hub, certificate: certificateFor(hub.host) },
    ...(hub.throttles === undefined ? {} : { throttles: hub.throttles }),
    storage,
    log,
  });
}
