/**
 * Every problem that the gateway's services tell: what happened and what the user can do.
 * The sentences reach the AMS (cloudLink.problem) and the log, so they carry no secrets.
 */
const SERVICE_ERRORS = {
  'settings-invalid': ['The settings file cannot be used', 'Provision the gateway again with the provisioning tool.'],
  'identity-incomplete': [
    'The gateway has no complete identity',
    'Provision the gateway with its ID scope, device certificate and key.',
  ],
  'onboarding-refused': [
    'The provisioning service does not accept this gateway',
    'Check in the cloud that this gateway is added with exactly this certificate.',
  ],
  'onboarding-failed': [
    'The provisioning service did not answer as expected',
    'Check that the plant network lets the gateway reach it (TCP 443).',
  ],
  'onboarding-disabled': [
    'This gateway has been disabled in the cloud',
    'Ask the administrator of the cloud to enable it again; the gateway then registers by itself.',
  ],
  'onboarding-not-understood': [
    'Provisioning answer not understood',
    'The gateway asks again by itself. If this stays, check whether a proxy or firewall of the plant answers instead.',
  ],
  'hub-refused': ['The cloud refused the connection', 'The gateway onboards again by itself.'],
  'hub-unreachable': [
    'The cloud could not be reached',
    'Check that the plant network lets the gateway reach it (TCP 8883) and that names resolve.',
  ],
  'hub-not-understood': ['Message of the cloud not understood', 'The gateway connects again by itself.'],
  'certificate-not-trusted': [
    'The other side showed a certificate that is not trusted',
    'Check the clock and the installed certification authority; a TLS-inspecting firewall also causes this.',
  ],
  'timed-out': ['There was no answer in time', 'The gateway tries again by itself.'],
  'connection-lost': ['The connection to the cloud was lost', 'The gateway connects again by itself.'],
  'switch-flag-invalid': ['The switch file cannot be used', 'Switch remoteConnect off and on in the AMS.'],
  'outbox-unusable': ['The queue of audit events cannot be written', 'Check the free space on the gateway.'],
  'wireguard-key-invalid': [
    'The file of the WireGuard key cannot be used',
    'Flash the gateway anew or restore a backup: a key is never replaced unnoticed.',
  ],
  'encapsulation-key-invalid': [
    'The file of the encapsulation key cannot be used',
    'Flash the gateway anew or restore a backup: a key is never replaced unnoticed.',
  ],
  'ended-sessions-invalid': [
    'The list of the sessions that the plant has ended cannot be used',
    'End these sessions in the cloud, then flash the gateway anew or restore a backup.',
  ],
  'taken-sessions-invalid': [
    'The list of the sessions that have been taken over cannot be used',
    'End these sessions in the cloud, then flash the gateway anew or restore a backup.',
  ],
  'plant-decisions-invalid': [
    'The list of what the plant has approved and refused cannot be used',
    'End these sessions in the cloud, then flash the gateway anew or restore a backup.',
  ],
  'bus-unavailable': ['The system bus is not available', 'The service connects again by itself.'],
  'bus-name-taken': ['Another program owns the name of this service', 'Stop the other instance.'],
  unexpected: ['The service failed', 'It starts again by itself; send the log to the maker if this goes on.'],
  'environment-invalid': ['The environment of the service is not valid', 'Correct the unit file.'],
} as const satisfies Readonly<Record<string, readonly [what: string, remedy: string]>>;

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, detail?: string, options?: ErrorOptions) {
    const [what, remedy] = SERVICE_ERRORS[code];
    super(`${what}${detail === undefined ? '' : ` (${detail})`}. ${remedy}`, options);
    this.code = code;
  }
}

/** The sentence of any thrown value. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of an error of Node's or of a library's; undefined where there is none. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Cuts a text to what a field of a message may carry. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}
