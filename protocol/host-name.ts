import { z } from 'zod';

/** The dot that ends a fully qualified name, also before a port. */
const ROOT_DOT = /\.(?=$|:\d+$)/;

/** A name with its root dot is the same host, but no certificate and no server knows it so: the dot goes where it is read. */
export function withoutRootDot(host: string): string {
  return host.replace(ROOT_DOT, '');
}

/** A host's name, in the form that stands in SNI and Host. */
export const hostName = z.hostname().overwrite(withoutRootDot);
