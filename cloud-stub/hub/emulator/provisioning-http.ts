/** DPS over HTTPS ("Runtime Registration" of the DPS REST interface). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DeviceCertificate } from './device-certificate.ts';
import { failure, type ProvisioningAnswer, RETRY_AFTER, type Registrations } from './registrations.ts';
import { parseJson } from './request-topic.ts';

const MAX_BODY_BYTES = 96 * 1024;
const PATH = /^\/([^/]+)\/registrations\/([^/]+)(?:\/(register)|\/operations\/([^/]+))?$/;

export async function answerProvisioningRequest(
  request: IncomingMessage,
  response: ServerResponse,
  registrations: Registrations,
  certificate: DeviceCertificate | null,
): Promise<void> {
  const body = await readBody(request);
  const answer =
    body === null
      ? failure(400, 400_004, `A body has at most ${MAX_BODY_BYTES} bytes.`)
      : await answerTo(request, body, registrations, certificate);
  response
    .writeHead(answer.status, {
      'content-type': 'application/json; charset=utf-8',
      ...(answer.status === 202 ? { 'retry-after': String(RETRY_AFTER) } : {}),
      ...(body === null ? { connection: 'close' } : {}),
    })
    .end(JSON.stringify(answer.body));
}

async function answerTo(
  { url, method, headers }: IncomingMessage,
  body: Buffer,
  registrations: Registrations,
  certificate: DeviceCertificate | null,
): Promise<ProvisioningAnswer> {
  const target = URL.parse(url ?? '', 'https://dps.invalid');
  const [, idScope, registrationId, register, operationId] = PATH.exec(decoded(target?.pathname)) ?? [];
  if (target === null || idScope === undefined || registrationId === undefined)
    return failure(404, 404_000, 'There is no such resource.');
  if (target.searchParams.get('api-version') === null) return failure(400, 400_001, 'api-version is missing.');
  const credentials = { certificate, token: headers.authorization ?? null };
  const caller = { idScope, registrationId, credentials };
  if (register !== undefined && method === 'PUT') return registrations.register(caller, parseJson(body));
  if (operationId !== undefined && method === 'GET') return registrations.operation(caller, operationId);
  if (register === undefined && operationId === undefined && method === 'POST') return registrations.lookup(caller);
  return failure(404, 404_000, 'There is no such resource.');
}

function decoded(path: string | undefined): string {
  try {
    return decodeURIComponent(path ?? '');
  } catch {
    return '';
  }
}

/** Null when it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Destroying the request would take the connection along, and the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
