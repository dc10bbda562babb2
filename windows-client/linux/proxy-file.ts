import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type HttpProxy, parseHttpProxy } from '@edgegateway/tunnel/http-proxy';
import { ClientError } from '../core/errors.ts';

/** inode(7): everything that the group and others may do. */
const NOT_THE_OWNERS = 0o077;

/**
 * Reads the HTTP proxy from a file (tunnel/http-proxy.ts), so that its password stands in no command line and no
 * environment.
 * @throws ClientError proxy-file-unreadable, proxy-file-exposed, proxy-file-invalid; none of them tells the content
 */
export function readProxyFile(file: string): HttpProxy {
  const { mode, text } = readFile(file);
  if ((mode & NOT_THE_OWNERS) !== 0) {
    throw new ClientError('proxy-file-exposed', `${file} is open to other users of this computer.`);
  }
  const proxy = parseHttpProxy(text);
  if (proxy === null) throw new ClientError('proxy-file-invalid', `${file} names no HTTP proxy.`);
  return proxy;
}

function readFile(file: string): { readonly mode: number; readonly text: string } {
  try {
    const descriptor = openSync(file, 'r');
    try {
      return { mode: fstatSync(descriptor).mode, text: readFileSync(descriptor, 'utf8') };
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new ClientError('proxy-file-unreadable', `${file} cannot be read.`, { cause });
  }
}
