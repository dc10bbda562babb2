import { EventHubConsumerClient } from '@azure/event-hubs';
import type { Logger } from 'pino';
import type { AzureHubConfiguration } from '../../configuration.ts';
import type { Hub } from '../hub.ts';
import { azureClients, readConnectionString } from './azure-clients.ts';
import { createAzureHub } from './azure-hub.ts';
import { eventHubsSource, type HubCheckpoints } from './hub-event-source.ts';

/** @throws Error naming a file that holds no connection string */
export async function configuredAzureHub(
  { iotHub, provisioning, events, consumerGroup }: AzureHubConfiguration,
  checkpoints: HubCheckpoints,
  log: Logger,
): Promise<Hub> {
  const clients = azureClients(await readConnectionString(iotHub), await readConnectionString(provisioning));
  const client = new EventHubConsumerClient(consumerGroup, await readConnectionString(events));
  return createAzureHub({
    clients,
    events: eventHubsSource({ client, checkpoints, log }),
    log,
  });
}
