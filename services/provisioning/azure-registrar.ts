/** DPS through Azure's own SDK: MQTT over WebSocket, the only one of its transports that reaches 443 and waits on 429. */
import { EventEmitter } from 'node:events';
import azureCommon from 'azure-iot-common';
import azureProvisioning from 'azure-iot-provisioning-device';
import azureProvisioningMqtt from 'azure-iot-provisioning-device-mqtt';
import { X509Security } from 'azure-iot-security-x509';
import { controlMqtt } from '../azure/controlled-mqtt.ts';
import { ServiceError, sentenceOf } from '../errors.ts';
import { withTimeout } from '../timing.ts';
import { type Assignment, parseAssignment, type Registrar } from './assignment.ts';
import { inspectDpsAnswer } from './dps-answer.ts';
import type { GatewayIdentity } from './identity.ts';

// Node sees no named exports in these CommonJS modules.
const { errors: azureErrors } = azureCommon;
const { ProvisioningDeviceClient } = azureProvisioning;
const { MqttWs } = azureProvisioningMqtt;

/** A longer `retry-after` ends with it: the next attempt asks afresh, and people see why they wait. */
const REGISTRATION_TIMEOUT_MILLISECONDS = 90_000;
const CONNECT_TIMEOUT_MILLISECONDS = 20_000;

export const azureRegistrar: Registrar = {
  register: (identity, signal) =>
    withTimeout('onboarding', REGISTRATION_TIMEOUT_MILLISECONDS, signal, (bounded) => register(identity, bounded)),
};

async function register(identity: GatewayIdentity, signal: AbortSignal): Promise<Assignment> {
  const transport = new MqttWs();
  const connection = controlMqtt(
    transport,
    '_mqttBase',
    {
      port: identity.dps.port,
      caPem: identity.caPem,
      keepaliveSeconds: 30,
      connectTimeoutMilliseconds: CONNECT_TIMEOUT_MILLISECONDS,
    },
    { refused: 'onboarding-refused', unreachable: 'onboarding-failed' },
    inspectDpsAnswer,
  );
  const lost = lossOf(transport);
  const security = new X509Security(identity.registrationId, {
    cert: identity.certificatePem,
    key: identity.keyPem,
  });
  const client = ProvisioningDeviceClient.create(identity.dps.host, identity.idScope, transport, security);
  const polling = pollingOf(client);
  const stop = () => {
    // The SDK's own cancel() leaves the timer of the next poll running, up to the longest `retry-after`.
    polling.cancel(() => undefined);
    connection.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const result = await Promise.race([
      client.register(),
      lost,
      // While the SDK waits for its next poll it does not notice that its connection has been ended.
      connection.notUnderstood.then((problem): never => {
        throw problem;
      }),
    ]);
    return parseAssignment(result?.assignedHub, result?.deviceId);
  } catch (error) {
    throw connection.problem() ?? refusalOf(error);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/**
 * Rejects when the connection has ended by itself. Takes the place of the SDK's own handler, which calls a callback that
 * is not there while a request is not acknowledged: that would end the process.
 */
function lossOf(transport: object): Promise<never> {
  const base: unknown = Reflect.get(transport, '_mqttBase');
  if (!(base instanceof EventEmitter)) throw new TypeError("the SDK's transport has no _mqttBase to listen to");
  base.removeAllListeners('error');
  return new Promise((_resolve, reject) => void base.on('error', reject));
}

function pollingOf(client: object): Cancellable {
  const machine: unknown = Reflect.get(client, '_pollingStateMachine');
  if (!isCancellable(machine)) throw new TypeError("the SDK's client has no _pollingStateMachine to cancel");
  return machine;
}

interface Cancellable {
  cancel(done: () => void): void;
}

function isCancellable(value: unknown): value is Cancellable {
  return typeof value === 'object' && value !== null && 'cancel' in value && typeof value.cancel === 'function';
}

function refusalOf(error: unknown): ServiceError {
  const refused =
    error instanceof azureErrors.DeviceRegistrationFailedError ||
    error instanceof azureErrors.UnauthorizedError ||
    (error instanceof Error && ['DeviceRegistrationFailedError', 'UnauthorizedError'].includes(error.name));
  return new ServiceError(refused ? 'onboarding-refused' : 'onboarding-failed', sentenceOf(error), { cause: error });
}
