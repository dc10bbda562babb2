/** Azure's service clients. Connection strings come from files, so that they stand in no argument and no log. */
import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:https';
import provisioning from 'azure-iot-provisioning-service';
import iotHub from 'azure-iothub';

// Node sees no named exports in these CommonJS modules.
const { ProvisioningServiceClient } = provisioning;
const { Client, Registry } = iotHub;

export type ProvisioningClient = InstanceType<typeof ProvisioningServiceClient>;
export type RegistryClient = InstanceType<typeof Registry>;
/** Only its direct methods are used: they go over HTTPS, as everything here. */
export type MethodClient = InstanceType<typeof Client>;

export interface AzureClients {
  readonly registry: RegistryClient;
  readonly provisioning: ProvisioningClient;
  readonly methods: MethodClient;
}

/** @param agent for tests: leads the requests to a double, with its certification authority */
export function azureClients(iotHubConnection: string, provisioningConnection: string, agent?: Agent): AzureClients {
  const registry = Registry.fromConnectionString(iotHubConnection);
  const provisioningClient = ProvisioningServiceClient.fromConnectionString(provisioningConnection);
  const methods = Client.fromConnectionString(iotHubConnection);
  if (agent !== undefined) {
    methods['_restApiClient'].setOptions({ http: { agent } });
    registry['_restApiClient'].setOptions({ http: { agent } });
    provisioningClient['_restApiClient'].setOptions({ http: { agent } });
  }
  return { registry, provisioning: provisioningClient, methods };
}

/**
 * @throws Error naming the file, never what is in it
 */
export async function readConnectionString(file: string): Promise<string> {
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^\w+=.+;.*SharedAccessKey=/.test(text))
    throw new Error(`${file} holds no connection string. Copy it from the shared access policies of the service.`);
  return text;
}
