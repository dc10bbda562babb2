/** DPS through Azure's own SDK: MQTT over WebSocket, the only one of its transports that reaches 443 and waits on 429. */
import azureCommon from 'azure-iot-common';
import azureProvisioning from 'azure-iot-provisioning-device';
import azureProvisioningMqtt from 'azure-iot-provisioning-device-mqtt';
import { X509Security } from 'azure-iot-security-x509';
import { controlMqtt } from '../azure/controlled-mqtt.ts';
import { ServiceError, sentenceOf } from '../errors.ts';
import { withTimeout } from '../timing.ts';
import { type Assignment, parseAssignment, type Registrar } from './assignment.ts';
import type { GatewayIdentity } from './identity.ts';

// Node sees no named exports in these CommonJS modules.
const { errors: azureErrors } = azureCommon;
const { ProvisioningDeviceClient } = azureProvisioning;
const { MqttWs } = azureProvisioningMqtt;

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
  );
  const security = new X509Security(identity.registrationId, {
    cert: identity.certificatePem,
    key: identity.keyPem,
  });
  const client = ProvisioningDeviceClient.create(identity.dps.host, identity.idScope, transport, security);
  const abort = () => connection.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const result = await client.register();
    return parseAssignment(result?.assignedHub, result?.deviceId);
  } catch (error) {
    throw connection.problem() ?? refusalOf(error);
  } finally {
    signal.removeEventListener('abort', abort);
    connection.destroy();
  }
}

function refusalOf(error: unknown): ServiceError {
  const refused =
    error instanceof azureErrors.DeviceRegistrationFailedError ||
    error instanceof azureErrors.UnauthorizedError ||
    (error instanceof Error && ['DeviceRegistrationFailedError', 'UnauthorizedError'].includes(error.name));
  return new ServiceError(refused ? 'onboarding-refused' : 'onboarding-failed', sentenceOf(error), { cause: error });
}
