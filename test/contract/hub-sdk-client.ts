/** Azure's device client with its own retrying left on: what other devices than ours do. */
import { controlMqtt } from '@edgegateway/services/azure/controlled-mqtt';
import type { GatewayIdentity } from '@edgegateway/services/provisioning/identity';
import { Client } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';

/** Connects, subscribes to the desired properties once, and reconnects by itself. */
export async function connectReconnectingClient(
  identity: GatewayIdentity,
  port: number,
  onDesired: (patch: unknown) => void,
): Promise<{ close(): Promise<void> }> {
  const client = await sdkClient(identity, port);
  await client.open();
  const twin = await client.getTwin();
  const subscribed = Promise.withResolvers<void>();
  twin.enableTwinDesiredPropertiesUpdates((error) => (error ? subscribed.reject(error) : subscribed.resolve()));
  await subscribed.promise;
  twin.on('properties.desired', onDesired);
  return {
    async close() {
      await client.close();
    },
  };
}

/** Not opened yet. */
export async function sdkClient(identity: GatewayIdentity, port: number): Promise<Client> {
  const { caPem } = identity;
  class LocalTransport extends Mqtt {
    constructor(...parameters: ConstructorParameters<typeof Mqtt>) {
      super(...parameters);
      controlMqtt(
        this,
        '_mqtt',
        { port, caPem, keepaliveSeconds: 30, connectTimeoutMilliseconds: 10_000 },
        { refused: 'hub-refused', unreachable: 'hub-unreachable' },
      );
    }
  }
  const client = Client.fromConnectionString(
    `HostName=localhost;DeviceId=${identity.registrationId};x509=true`,
    LocalTransport,
  );
  await client.setOptions({ cert: identity.certificatePem, key: identity.keyPem });
  return client;
}
