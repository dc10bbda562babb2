import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ClientLink, parseClientLink } from '@edgegateway/protocol/client-api';
import { withoutRootDot } from '@edgegateway/protocol/host-name';
import type { PathPolicy } from '@edgegateway/tunnel/tunnel-engine';
import { type CloudAddress, isSameCloud } from '../core/cloud-address.ts';
import { ClientError } from '../core/errors.ts';
import { readProxyFile } from './proxy-file.ts';

export interface ClientArguments {
  readonly link: ClientLink;
  readonly cloud: CloudAddress;
  readonly policy: PathPolicy;
  readonly interfaceName: string;
}

/** Linux takes at most 15 characters (IFNAMSIZ); slashes and white space are not allowed in a name. */
const INTERFACE_NAME = /^[A-Za-z0-9_.-]{1,15}$/;

const PATH_POLICIES: readonly PathPolicy[] = ['direct-preferred', 'relay-only'];

/**
 * Reads `open LINK --cloud HOST[:PORT]` and what may follow (usage in core/errors.ts). A link may come from any web page, so the cloud
 * it names must be the one that this client was set up for.
 * @throws ClientError usage, link-invalid, link-of-another-cloud, ca-unreadable, and those of readProxyFile
 */
export function readArguments(argv: readonly string[]): ClientArguments {
  const { command, linkText, values } = parse(argv);
  if (command !== 'open' || linkText === undefined || values.cloud === undefined) {
    throw new ClientError('usage', 'The command line is not complete.');
  }
  if (!INTERFACE_NAME.test(values.interface)) throw new ClientError('usage', 'The name of the interface is not valid.');
  const policy = PATH_POLICIES.find((known) => known === values.path);
  if (policy === undefined) throw new ClientError('usage', 'The policy after --path is not known.');
  const link = parseClientLink(linkText);
  if (link === null) throw new ClientError('link-invalid', 'The link is not one of remoteConnect.');
  if (!isSameCloud(link.cloud, values.cloud)) {
    throw new ClientError('link-of-another-cloud', `The link leads to ${link.cloud}, not to ${values.cloud}.`);
  }
  const caPem = values.ca === undefined ? null : readCa(values.ca);
  const proxy = values['proxy-file'] === undefined ? null : readProxyFile(values['proxy-file']);
  return {
    link,
    cloud: { authority: withoutRootDot(values.cloud), caPem, proxy },
    policy,
    interfaceName: values.interface,
  };
}

function parse(argv: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        cloud: { type: 'string' },
        ca: { type: 'string' },
        'proxy-file': { type: 'string' },
        path: { type: 'string', default: 'direct-preferred' },
        interface: { type: 'string', default: 'rc-client' },
      },
    });
    const [command, linkText, ...rest] = positionals;
    if (rest.length > 0) throw new Error('too many words');
    return { command, linkText, values };
  } catch (cause) {
    throw new ClientError('usage', 'The command line is not understood.', { cause });
  }
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ClientError('ca-unreadable', `${file} cannot be read.`, { cause });
  }
}
