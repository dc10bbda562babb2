/** IoT Hub through Azure's own SDK: MQTT over TLS with the gateway's certificate. No decision is taken here. */
import azureCommon from 'azure-iot-common';
import { type Twin as AzureTwin, Client } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { type ControlledMqtt, controlMqtt } from '../../azure/controlled-mqtt.ts';
import { ServiceError, sentenceOf } from '../../errors.ts';
import { pause } from '../../timing.ts';
import type { HubConnection, HubConnector, HubEvents, Twin } from './hub-connection.ts';
import { inspectHubMessage } from './hub-message.ts';
import { parseTwinDocument } from './twin-document.ts';

// Node sees no named exports in this CommonJS module.
const { Message, NoRetry } = azureCommon;

const KEEPALIVE_SECONDS = 30;
const CONNECT_TIMEOUT_MILLISECONDS = 20_000;
const CLOSE_TIMEOUT_MILLISECONDS = 1000;

export const azureHubConnector: HubConnector = {
  async connect(endpoint, identity, events, signal) {
    let control: ControlledMqtt | undefined;
    // The factory builds the transport with its authentication provider; a subclass is the way to reach it.
    class ControlledTransport extends Mqtt {
      constructor(...parameters: ConstructorParameters<typeof Mqtt>) {
        super(...parameters);
        control = controlMqtt(
          this,
          '_mqtt',
          {
            port: endpoint.port,
            caPem: identity.caPem,
            keepaliveSeconds: KEEPALIVE_SECONDS,
            connectTimeoutMilliseconds: CONNECT_TIMEOUT_MILLISECONDS,
          },
          { refused: 'hub-refused', unreachable: 'hub-unreachable' },
          inspectHubMessage,
        );
      }
    }
    const client = Client.fromConnectionString(
      `HostName=${endpoint.host};DeviceId=${endpoint.deviceId};x509=true`,
      ControlledTransport,
    );
    // Retrying is the supervisor's: inside the SDK it goes on for minutes and reorders messages.
    client.setRetryPolicy(new NoRetry());
    await client.setOptions({ cert: identity.certificatePem, key: identity.keyPem });
    const abort = () => control?.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await client.open();
      signal.throwIfAborted();
    } catch (error) {
      control?.destroy();
      signal.throwIfAborted();
      throw control?.problem() ?? new ServiceError('hub-unreachable', sentenceOf(error), { cause: error });
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return connectionOf(client, events, control);
  },
};

function connectionOf(client: Client, events: HubEvents, control: ControlledMqtt | undefined): HubConnection {
  const { promise: lost, resolve: lose } = Promise.withResolvers<Error>();
  void control?.notUnderstood.then(lose);
  client.on('disconnect', () => lose(new ServiceError('connection-lost')));
  client.on('error', (error: Error) => lose(new ServiceError('connection-lost', sentenceOf(error), { cause: error })));
  for (const [name, method] of Object.entries(events.methods))
    client.onDeviceMethod(name, (_request, response) => {
      void method().then(({ status, payload }) =>
        // Nobody waits for it any more when the connection is gone.
        response.send(status, payload).catch(() => undefined),
      );
    });
  let twin: AzureTwin | undefined;

  async function subscribedTwin(): Promise<AzureTwin> {
    if (twin !== undefined) return twin;
    // The SDK gives out a twin only after reading it, so the first reading is thrown away.
    const fresh = await client.getTwin();
    await new Promise<void>((resolve, reject) =>
      fresh.enableTwinDesiredPropertiesUpdates((error) => (error ? reject(error) : resolve())),
    );
    fresh.on('error', (error: Error) => lose(new ServiceError('connection-lost', sentenceOf(error), { cause: error })));
    // The SDK hands out its own copy too, and goes on changing it.
    fresh.on('properties.desired', (patch: unknown) => events.onDesired(structuredClone(patch)));
    twin = fresh;
    return fresh;
  }

  return {
    lost,
    async readTwin(): Promise<Twin> {
      const subscribed = await subscribedTwin();
      await subscribed.get();
      const { desired, reported } = JSON.parse(JSON.stringify(subscribed.properties));
      const twinDocuments = { desired: parseTwinDocument(desired), reported: parseTwinDocument(reported) };
      if (twinDocuments.desired === null || twinDocuments.reported === null)
        throw new ServiceError('connection-lost', 'the cloud sent a twin without versions');
      return { desired: twinDocuments.desired, reported: twinDocuments.reported };
    },
    report: (patch) =>
      subscribedTwin().then(
        (subscribed) =>
          new Promise<void>((resolve, reject) =>
            subscribed.properties.reported['update'](patch, (error?: Error) => (error ? reject(error) : resolve())),
          ),
      ),
    async send(body) {
      const message = new Message(body);
      message.contentType = 'application/json';
      message.contentEncoding = 'utf-8';
      await client.sendEvent(message);
    },
    async close() {
      const bound = new AbortController();
      await Promise.race([
        client.close().catch(() => undefined),
        pause(CLOSE_TIMEOUT_MILLISECONDS, bound.signal).catch(() => undefined),
      ]);
      bound.abort();
      control?.destroy();
      lose(new ServiceError('connection-lost', 'closed'));
    },
  };
}
