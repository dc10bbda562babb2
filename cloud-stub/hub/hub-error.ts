/** What can be wrong with the use of a hub, and what the caller does about it. */
const REMEDIES = {
  'not-enrolled': 'Add the gateway first.',
  'certificate-invalid': "Give the gateway's own certificate in PEM.",
  'certificate-of-another-device': "Its common name must be the gateway's registration id: give that gateway's own.",
  'not-an-authority':
    'Give the certificate of the authority that signs the certificates of gateways (CA:TRUE), in PEM.',
  'twin-too-large': 'End sessions of this gateway, or release fewer addresses in them.',
  'gateway-offline': 'Ask the plant to switch remoteConnect on and to check power and network.',
  'gateway-silent': 'Try again; if it stays, check the gateway.',
  'hub-busy': 'The hub refuses more for now: it is tried again by itself.',
  'hub-refused': 'Check the hub and the key that the configuration names.',
  'hub-unreachable': "Check this computer's network; it is tried again by itself.",
} as const;

export type HubErrorCode = keyof typeof REMEDIES;

export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: HubErrorCode;

  constructor(code: HubErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem} ${REMEDIES[code]}`, options);
    this.code = code;
  }
}
