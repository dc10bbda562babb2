/**
 * A double of Azure's service side, for tests: HTTPS on loopback, answering as the REST references of DPS (2021-10-01) and
 * IoT Hub (2021-04-12) say, and refusing what they do not have. It is not Azure: what Azure really does is known only there.
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { listen } from '../../listen.ts';
import { createAuthority, issueHostCertificate } from '../../pki/x509.ts';
import { isJsonObject, type JsonObject, mergePatch } from '../emulator/merge-patch.ts';
import { sasExpiry } from '../emulator/sas-token.ts';

const NAME = 'azure.double';
const IOT_HUB = 'hub.azure-devices.example';
const DPS = 'dps.azure-devices-provisioning.example';
const KEY = Buffer.alloc(32, 7).toString('base64');
const VERSIONS = { [IOT_HUB]: '2021-04-12', [DPS]: '2021-10-01' } as const;

export interface SeenCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface DoubleDevice {
  status: 'enabled' | 'disabled';
  thumbprint: string;
  connected: boolean;
  desired: JsonObject;
  reported: JsonObject;
  version: number;
}

const enrollmentBody = z.looseObject({
  registrationId: z.string(),
  deviceId: z.string(),
  provisioningStatus: z.enum(['enabled', 'disabled']),
  attestation: z.looseObject({
    type: z.literal('x509'),
    x509: z.looseObject({ clientCertificates: z.looseObject({ primary: z.looseObject({}) }) }),
  }),
});
const groupBody = z.strictObject({
  enrollmentGroupId: z.string(),
  provisioningStatus: z.literal('enabled'),
  attestation: z.strictObject({
    type: z.literal('x509'),
    x509: z.strictObject({
      signingCertificates: z.strictObject({ primary: z.strictObject({ certificate: z.string() }) }),
    }),
  }),
});
const deviceBody = z.looseObject({
  deviceId: z.string(),
  status: z.enum(['enabled', 'disabled']),
  authentication: z.looseObject({
    type: z.literal('selfSigned'),
    x509Thumbprint: z.looseObject({ primaryThumbprint: z.string() }),
  }),
});
const twinBody = z.strictObject({ properties: z.strictObject({ desired: z.record(z.string(), z.unknown()) }) });
const queryBody = z.strictObject({ query: z.string().startsWith('SELECT ') });

export class AzureDouble {
  readonly seen: SeenCall[] = [];
  readonly enrollments = new Map<
    string,
    { body: z.infer<typeof enrollmentBody>; thumbprint: string; version: number }
  >();
  readonly groups = new Map<string, string>();
  readonly devices = new Map<string, DoubleDevice>();
  readonly registrations = new Map<string, { enrollmentGroupId?: string }>();
  /** Rows a page of a query has. */
  pageSize = 100;
  /** Given in place of the right answers, first come first served. `hang`: no answer at all. */
  readonly faults: (Answer | 'hang')[] = [];
  /** What it found wrong with the requests. */
  readonly complaints: string[] = [];
  readonly agent: Agent;
  readonly #close: () => Promise<void>;

  private constructor(agent: Agent, close: () => Promise<void>) {
    this.agent = agent;
    this.#close = close;
  }

  static readonly connections = {
    iotHub: `HostName=${IOT_HUB};SharedAccessKeyName=cloud;SharedAccessKey=${KEY}`,
    provisioning: `HostName=${DPS};SharedAccessKeyName=cloud;SharedAccessKey=${KEY}`,
  };

  static async start(): Promise<AzureDouble> {
    const authority = await createAuthority(new Date());
    const { certificatePem, keyPem } = await issueHostCertificate(authority, NAME, new Date());
    const server = createServer({ cert: certificatePem, key: keyPem });
    const port = await listen(server, 'the double of Azure', '127.0.0.1', 0);
    const agent = new Agent({
      ca: authority.certificatePem,
      host: '127.0.0.1',
      port,
      servername: NAME,
      keepAlive: true,
    });
    const double = new AzureDouble(agent, async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    server.on('request', (request, response) => void double.#serve(request, response));
    return double;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** DPS has let a device in, and made it known to the hub. */
  provision(id: string, enrollmentGroupId?: string): void {
    this.registrations.set(id, enrollmentGroupId === undefined ? {} : { enrollmentGroupId });
    const thumbprint = this.enrollments.get(id)?.thumbprint ?? '';
    if (!this.devices.has(id))
      this.devices.set(id, { status: 'enabled', thumbprint, connected: false, desired: {}, reported: {}, version: 1 });
  }

  callsOf(method: string): SeenCall[] {
    return this.seen.filter((call) => call.method === method);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    const url = new URL(request.url ?? '', 'https://double');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const call = { method: request.method ?? '', path: url.pathname, ifMatch: request.headers['if-match'], body };
    this.seen.push(call);
    const fault = this.faults.shift();
    if (fault === 'hang') return;
    const { status, body: told, headers } = fault ?? this.#checked(call, url, request);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(told === undefined ? undefined : JSON.stringify(told));
  }

  #checked(call: SeenCall, url: URL, { headers }: IncomingMessage): Answer {
    const host = headers.host?.split(':')[0] === DPS ? DPS : IOT_HUB;
    const check = { resource: host, keys: [KEY], keyName: 'cloud', now: Date.now() };
    if (sasExpiry(headers.authorization ?? '', check) === null) return refusal(401, 'IotHubUnauthorizedAccess');
    if (url.searchParams.get('api-version') !== VERSIONS[host]) return this.#complain(call, 'another api-version');
    if (call.body !== undefined && !headers['content-type']?.startsWith('application/json'))
      return this.#complain(call, 'a body that is not said to be JSON');
    try {
      const [, collection = '', id = ''] = call.path.split('/').map(decodeURIComponent);
      if (host === DPS) return this.#provisioning(call, collection, id, headers['x-ms-continuation']);
      return this.#iotHub(call, collection, id, headers['x-ms-continuation']);
    } catch (error) {
      return this.#complain(call, String(error));
    }
  }

  #complain({ method, path }: SeenCall, what: string): Answer {
    this.complaints.push(`${method} ${path}: ${what}`);
    return refusal(400, 'ArgumentInvalid');
  }

  #provisioning(call: SeenCall, collection: string, id: string, continuation: string | string[] | undefined): Answer {
    switch (`${call.method} ${collection}`) {
      case 'POST enrollments':
        queryBody.parse(call.body);
        return this.#page(
          [...this.enrollments.keys()].map((one) => this.#enrollment(one)),
          continuation,
        );
      case 'GET enrollments':
        return this.enrollments.has(id) ? { status: 200, body: this.#enrollment(id) } : refusal(404, 'NotFound');
      case 'PUT enrollments': {
        const body = enrollmentBody.parse(call.body);
        const known = this.enrollments.get(id);
        if (known !== undefined && call.ifMatch === undefined) return refusal(409, 'Conflict');
        if (call.ifMatch !== undefined && call.ifMatch !== etagOf(known?.version))
          return refusal(412, 'PreconditionFailed');
        const { certificate } = z
          .looseObject({ certificate: z.string().optional() })
          .parse(body.attestation.x509.clientCertificates.primary);
        const thumbprint = certificate === undefined ? (known?.thumbprint ?? '') : thumbprintOf(certificate);
        this.enrollments.set(id, { body, thumbprint, version: (known?.version ?? 0) + 1 });
        return { status: 200, body: this.#enrollment(id) };
      }
      case 'DELETE enrollments':
        return deleted(this.enrollments, id);
      case 'GET enrollmentGroups':
        return this.groups.has(id)
          ? { status: 200, body: { enrollmentGroupId: id, etag: '"1"' } }
          : refusal(404, 'NotFound');
      case 'PUT enrollmentGroups':
        this.groups.set(id, groupBody.parse(call.body).attestation.x509.signingCertificates.primary.certificate);
        return { status: 200, body: { enrollmentGroupId: id, etag: '"1"' } };
      case 'DELETE enrollmentGroups':
        return deleted(this.groups, id);
      case 'GET registrations':
        return this.registrations.has(id)
          ? { status: 200, body: { registrationId: id, status: 'assigned', ...this.registrations.get(id) } }
          : refusal(404, 'NotFound');
      case 'DELETE registrations':
        return deleted(this.registrations, id);
      default:
        return this.#complain(call, 'DPS has no such operation');
    }
  }

  #iotHub(call: SeenCall, collection: string, id: string, continuation: string | string[] | undefined): Answer {
    if (call.method === 'POST' && call.path === '/devices/query') {
      queryBody.parse(call.body);
      const rows = [...this.devices].map(([deviceId, { status, connected, reported }]) => ({
        ...{ deviceId, status, connectionState: connected ? 'Connected' : 'Disconnected' },
        reported: { ...reported, $metadata: {}, $version: 1 },
      }));
      return this.#page(rows, continuation);
    }
    const device = this.devices.get(id);
    if (device === undefined) return refusal(404, 'DeviceNotFound');
    switch (`${call.method} ${collection}`) {
      case 'GET devices':
        return { status: 200, body: identityOf(id, device) };
      case 'PUT devices': {
        if (call.ifMatch !== '"*"') return refusal(409, 'DeviceAlreadyExists');
        const { status, authentication } = deviceBody.parse(call.body);
        device.status = status;
        device.thumbprint = authentication.x509Thumbprint.primaryThumbprint;
        if (status === 'disabled') device.connected = false;
        return { status: 200, body: identityOf(id, device) };
      }
      case 'DELETE devices':
        this.devices.delete(id);
        return { status: 204 };
      case 'GET twins':
        return { status: 200, body: twinOf(id, device) };
      case 'PATCH twins': {
        if (call.ifMatch !== etagOf(device.version)) return refusal(412, 'PreconditionFailed');
        device.desired = mergePatch(device.desired, twinBody.parse(call.body).properties.desired);
        device.version += 1;
        return { status: 200, body: twinOf(id, device) };
      }
      default:
        return this.#complain(call, 'IoT Hub has no such operation');
    }
  }

  #enrollment(id: string): object {
    const known = this.enrollments.get(id);
    if (known === undefined) throw new Error(`no enrolment of ${id}`);
    const primary = { info: { sha256Thumbprint: known.thumbprint, subjectName: `CN=${id}` } };
    return {
      ...known.body,
      attestation: { type: 'x509', x509: { clientCertificates: { primary } } },
      etag: etagOf(known.version),
    };
  }

  #page(rows: readonly object[], continuation: string | string[] | undefined): Answer {
    const from = Number(continuation ?? 0);
    const to = from + this.pageSize;
    const headers = to < rows.length ? { 'x-ms-continuation': String(to) } : {};
    return { status: 200, body: rows.slice(from, to), headers };
  }
}

function identityOf(deviceId: string, { status, thumbprint, connected, version }: DoubleDevice): object {
  const x509Thumbprint = { primaryThumbprint: thumbprint, secondaryThumbprint: null };
  const connectionState = connected ? 'Connected' : 'Disconnected';
  const authentication = { type: 'selfSigned', x509Thumbprint };
  return { deviceId, status, authentication, connectionState, etag: String(version), generationId: '1' };
}

function twinOf(deviceId: string, { desired, reported, version }: DoubleDevice): object {
  const half = (own: JsonObject) => ({
    ...own,
    $metadata: { $lastUpdated: '2026-01-01T00:00:00Z' },
    $version: version,
  });
  return { deviceId, etag: String(version), version, properties: { desired: half(desired), reported: half(reported) } };
}

function etagOf(version: number | undefined): string | undefined {
  return version === undefined ? undefined : `"${version}"`;
}

function thumbprintOf(certificate: string): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex').toUpperCase();
}

function deleted(from: Map<string, unknown>, id: string): Answer {
  return from.delete(id) ? { status: 204 } : refusal(404, 'NotFound');
}

function refusal(status: number, name: string): Answer {
  return { status, body: { Message: `ErrorCode:${name}`, ExceptionMessage: `Tracking ID:${Date.now()}` } };
}

/** A member of a twin, however deep. */
export function memberOf(half: JsonObject, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((value, name) => (isJsonObject(value) ? value[name] : undefined), half);
}
