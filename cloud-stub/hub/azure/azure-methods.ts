/** Direct methods of IoT Hub ("Understand and invoke direct methods from IoT Hub"). */
import { z } from 'zod';
import type { MethodAnswer, MethodCall } from '../hub.ts';
import { HubError } from '../hub-error.ts';
import { azureCall, CALL_TIMING, statusOf } from './azure-call.ts';
import type { AzureClients } from './azure-clients.ts';

const DEFAULT_SECONDS = 30;

const answer = z.looseObject({ status: z.int(), payload: z.unknown() });

/**
 * Once: a gateway that does not answer may well have done what it was asked for.
 * @throws HubError 'gateway-offline' | 'gateway-silent', or as azureCall
 */
export async function callMethod(clients: AzureClients, id: string, method: MethodCall): Promise<MethodAnswer> {
  const seconds = method.responseTimeoutSeconds ?? DEFAULT_SECONDS;
  const parameters = { methodName: method.name, payload: method.payload, responseTimeoutInSeconds: seconds };
  const timing = { ...CALL_TIMING, attempts: 1, attempt: CALL_TIMING.attempt + seconds * 1000 };
  try {
    const told: unknown = await azureCall(
      () => clients.methods.invokeDeviceMethod(id, parameters),
      new AbortController().signal,
      timing,
    );
    const { status, payload } = answer.parse(z.looseObject({ result: z.unknown() }).parse(told).result);
    return { status, payload };
  } catch (error) {
    const status = statusOf(error) ?? statusOf(causeOf(error));
    if (status === 404) throw new HubError('gateway-offline', `${id} is not online.`, { cause: error });
    if (status === 504) throw new HubError('gateway-silent', `${id} did not answer in time.`, { cause: error });
    throw error;
  }
}

/** `hub-busy` hides the answer of a gateway that is silent: Azure gives 504 for it. */
function causeOf(error: unknown): unknown {
  return error instanceof HubError ? error.cause : undefined;
}
