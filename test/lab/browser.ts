/** A real browser inside a namespace of the laboratory: Debian's chromium, driven by playwright-core. */
import { createHash, X509Certificate } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

export interface LabBrowserOptions {
  readonly namespace: string;
  readonly workDirectory: string;
  /** PEM certificates that this browser accepts although it does not know their issuer; every other one is refused. */
  readonly trustedCertificates: readonly string[];
}

/**
 * Certificates are pinned by their public key, so that a wrong certificate fails the test as it would stop a person.
 */
export async function launchBrowser(options: LabBrowserOptions): Promise<Browser> {
  await mkdir(options.workDirectory, { recursive: true });
  const wrapper = join(options.workDirectory, `chromium-in-${options.namespace}`);
  await writeFile(wrapper, `#!/bin/sh\nexec ip netns exec ${options.namespace} /usr/bin/chromium "$@"\n`);
  await chmod(wrapper, 0o755);
  return chromium.launch({
    executablePath: wrapper,
    chromiumSandbox: false,
    args: [
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      `--ignore-certificate-errors-spki-list=${options.trustedCertificates.map(publicKeyPin).join(',')}`,
    ],
  });
}

/** Base64 of the SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 7469 section 2.4). */
function publicKeyPin(certificatePem: string): string {
  const publicKey = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(publicKey).digest('base64');
}
