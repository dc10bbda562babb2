/** Everything that can keep a client from connecting, and what the technician does about it. */
const CLIENT_ERRORS = {
  usage:
    'Usage: open LINK --cloud HOST[:PORT] [--ca FILE] [--proxy-file FILE] [--path direct-preferred|relay-only] [--interface NAME]',
  'link-invalid': 'Start the session in the cloud again and open the new link.',
  'link-of-another-cloud':
    'This client is set up for one cloud only; ask your administrator whether that is the right one.',
  'ca-unreadable': 'Check the path after --ca: a file with certificates in PEM.',
  'proxy-file-unreadable': 'Check the path after --proxy-file.',
  'proxy-file-exposed':
    'It may hold a password: make it readable by its owner only (chmod 600), and change the password if others have read it.',
  'proxy-file-invalid':
    'Write http://USER:PASSWORD@HOST:PORT into it, or JSON with "url" and "credentials" ("user", "password").',
  'proxy-unreachable': "Check the proxy's address and port, and that this computer is in the network of that proxy.",
  'proxy-authentication': 'Check the user name and the password in the file of the proxy.',
  'proxy-refused': 'Ask whoever runs the proxy to let it connect to the cloud and to the relays (port 443).',
  'upgrade-stripped':
    'A proxy or a firewall on the way removes the WebSocket upgrade, or answers itself: ask whoever runs it to let WebSockets to the cloud and to the relays pass.',
  'address-in-the-way':
    'The tunnel would cut its own way to the network. Ask the administrator to release the device under another address.',
  'tunnel-address-taken':
    'Start the session again. If that stays, ask the operator of the cloud for another network of tunnel addresses.',
  'cloud-unreachable': "Check this computer's network, then open the link again while its ticket is valid.",
  'cloud-not-trusted':
    'Install the certification authority of your cloud. A firewall that inspects TLS also causes this: it must let this host pass.',
  'cloud-refused': 'Start the session in the cloud again and open the new link.',
  'cloud-answer-invalid': 'Update the client: the cloud speaks a newer version of the protocol.',
  'address-conflict': 'Ask the administrator to release each address through one gateway only.',
  'gateway-key-invalid': 'Ask the administrator of the cloud to have this gateway looked at.',
  'missing-privilege': 'Run the client with the right to make network interfaces (CAP_NET_ADMIN).',
} as const;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem} ${CLIENT_ERRORS[code]}`, options);
    this.code = code;
  }
}
