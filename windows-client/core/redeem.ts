/** Turns a ticket into the configuration of its session (protocol/client-api.ts). */
import { type Agent, request } from 'node:https';
import {
  apiError,
  CLIENT_REDEEM_PATH,
  type ClientConfiguration,
  clientConfiguration,
  type RedeemRequest,
} from '@edgegateway/protocol/client-api';
import { addressesOf } from '@edgegateway/protocol/released-address';
import { z } from 'zod';
import type { CloudAddress } from './cloud-address.ts';
import { connectionProblem } from './connection-problem.ts';
import { ClientError } from './errors.ts';

const TIMEOUT_MILLISECONDS = 15_000;
const ANSWER_LIMIT_BYTES = 1024 * 1024;

/**
 * @throws ClientError cloud-unreachable, cloud-not-trusted, cloud-refused (with the cloud's own sentence),
 * cloud-answer-invalid, proxy-unreachable, proxy-authentication, proxy-refused
 */
export async function redeemTicket(
  cloud: CloudAddress,
  agent: Agent,
  body: RedeemRequest,
  signal: AbortSignal,
): Promise<ClientConfiguration> {
  const { status, text } = await post(cloud, agent, JSON.stringify(body), signal);
  const json = parseJson(text);
  if (status !== 200) {
    const refusal = apiError.safeParse(json).data;
    throw new ClientError('cloud-refused', refusal?.detail ?? `The cloud answered with status ${status}.`);
  }
  const parsed = clientConfiguration.safeParse(json);
  if (!parsed.success) {
    const where = z.prettifyError(parsed.error).replaceAll('\n', ' ');
    throw new ClientError('cloud-answer-invalid', `The cloud's configuration is not understood: ${where}.`);
  }
  requireDistinctAddresses(parsed.data);
  return parsed.data;
}

/**
 * WireGuard gives an address to one peer only: a second one would silently take it.
 * @throws ClientError address-conflict
 */
export function requireDistinctAddresses(configuration: ClientConfiguration): void {
  const owners = new Map<string, string>();
  for (const gateway of configuration.gateways) {
    for (const address of addressesOf(gateway.released, gateway.translations)) {
      const owner = owners.get(address);
      if (owner !== undefined && owner !== gateway.registrationId) {
        throw new ClientError('address-conflict', `${address} leads to two gateways.`);
      }
      owners.set(address, gateway.registrationId);
    }
  }
}

function post(
  cloud: CloudAddress,
  agent: Agent,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const url = new URL(CLIENT_REDEEM_PATH, `https://${cloud.authority}`);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        signal: bounded,
        agent,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > ANSWER_LIMIT_BYTES) answer.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        answer.once('error', (error) => reject(connectionProblem(cloud, error)));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    const failed = (error: Error) => reject(signal.aborted ? signal.reason : connectionProblem(cloud, error));
    outgoing.once('error', failed);
    // A request that waits for the proxy's answer does not notice its signal (node:http).
    bounded.addEventListener('abort', () => failed(bounded.reason), { once: true });
    outgoing.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
