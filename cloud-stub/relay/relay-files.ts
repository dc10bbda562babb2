/** The files that the cloud's main program makes and a relay reads, once, at its start. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOUD_FILES } from '../configuration.ts';
import { RelayError } from './errors.ts';
import { createTokenCheck, type TokenCheck } from './token-check.ts';

const RETRY_MILLISECONDS = 200;

export interface RelayFiles {
  readonly certPem: string;
  readonly keyPem: string;
  readonly checkToken: TokenCheck;
}

/**
 * Waits until all files are there and fit together.
 * @throws RelayError 'files-missing' | 'files-invalid' after `milliseconds`
 */
export async function waitForRelayFiles(
  dataDirectory: string,
  host: string,
  milliseconds: number,
  signal: AbortSignal,
): Promise<RelayFiles> {
  const end = performance.now() + milliseconds;
  for (;;) {
    try {
      return await readRelayFiles(dataDirectory, host);
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await delay(RETRY_MILLISECONDS, undefined, { signal });
  }
}

async function readRelayFiles(dataDirectory: string, host: string): Promise<RelayFiles> {
  const files = [
    join(dataDirectory, CLOUD_FILES.certificates, `${host}.pem`),
    join(dataDirectory, CLOUD_FILES.certificates, `${host}.key`),
    join(dataDirectory, CLOUD_FILES.relayTokenKey),
  ] as const;
  const [certPem, keyPem, jwk] = await Promise.all([read(files[0]), read(files[1]), read(files[2])]);
  let belong: boolean;
  try {
    belong = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    // The cause could quote the key.
    belong = false;
  }
  if (!belong) throw new RelayError('files-invalid', `${files[0]} and ${files[1]} do not belong together.`);
  try {
    return { certPem, keyPem, checkToken: await createTokenCheck(jwk) };
  } catch (cause) {
    throw new RelayError('files-invalid', `${files[2]} is not the public key of relay tokens.`, { cause });
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new RelayError('files-missing', `${file} cannot be read.`, { cause });
  }
}
