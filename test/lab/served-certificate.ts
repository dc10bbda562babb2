import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';

/**
 * The certificate that a TLS server shows inside a namespace, as PEM. It is not checked: compare its fingerprint.
 * @throws CommandError when nothing answers within five seconds
 */
export async function servedCertificate(namespace: string, address: string, port: number): Promise<string> {
  const program = join(import.meta.dirname, 'served-certificate-program.ts');
  return runCommand('ip', ['netns', 'exec', namespace, execPath, program, address, String(port)]);
}
