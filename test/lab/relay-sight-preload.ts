/**
 * Loaded into a relay before its program (node --import): keeps the first bytes that the relay sends within TLS, in the
 * file RELAY_SIGHT names. A server's WebSocket frames are not masked (RFC 6455 section 5.1), so this is just what the
 * operator of a relay can read.
 */
import { openSync, writeSync } from 'node:fs';
import { TLSSocket } from 'node:tls';

const LONGEST = 2 ** 20;

const file = process.env['RELAY_SIGHT'];
if (file === undefined) throw new Error('RELAY_SIGHT is not set: name the file for what the relay sends.');
const descriptor = openSync(file, 'w', 0o600);
let kept = 0;

// oxlint-disable-next-line typescript/unbound-method -- applied to the socket it was called on
TLSSocket.prototype.write = new Proxy(TLSSocket.prototype.write, {
  apply(write, socket, argv: unknown[]): unknown {
    const [chunk] = argv;
    if (kept < LONGEST && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
      kept += writeSync(descriptor, Buffer.from(chunk));
    }
    return Reflect.apply(write, socket, argv);
  },
});
