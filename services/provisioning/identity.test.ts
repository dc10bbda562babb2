import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { type IdentityPaths, readIdentity, readRegistrationId } from './identity.ts';

let folder = '';
let paths: IdentityPaths;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-'));
  paths = {
    settings: join(folder, 'settings.json'),
    ca: join(folder, 'ca.pem'),
    deviceCertificate: join(folder, 'certificate.pem'),
    deviceKey: join(folder, 'key.pem'),
  };
  const certificate = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-subj',
    '/CN=gateway-1',
  ];
  await promisify(execFile)('openssl', [
    'req',
    ...certificate,
    ...['-keyout', paths.deviceKey, '-out', paths.deviceCertificate],
  ]);
});
beforeEach(() => writeFile(paths.settings, JSON.stringify({ idScope: '0ne1', registrationId: 'gateway-1' })));
afterAll(() => rm(folder, { recursive: true }));

describe('the identity of a gateway', () => {
  it("is its certificate's name, with the production DPS where nothing else is set", async () => {
    expect(await readIdentity(paths)).toMatchObject({
      idScope: '0ne1',
      registrationId: 'gateway-1',
      dps: { host: 'global.azure-devices-provisioning.net', port: 443 },
      caPem: null,
    });
  });

  it('is incomplete without an ID scope, but its name is known', async () => {
    await writeFile(paths.settings, '{}');
    await expect(readIdentity(paths)).rejects.toMatchObject({ code: 'identity-incomplete' });
    expect(await readRegistrationId(paths)).toBe('gateway-1');
  });

  it('is refused when certificate and settings name different gateways', async () => {
    await writeFile(paths.settings, JSON.stringify({ idScope: '0ne1', registrationId: 'gateway-2' }));
    await expect(readIdentity(paths)).rejects.toMatchObject({ code: 'identity-incomplete' });
  });

  it('is incomplete without its key, and the error names no path', async () => {
    const reading = readIdentity({ ...paths, deviceKey: join(folder, 'missing.pem') });
    await expect(reading).rejects.toMatchObject({ code: 'identity-incomplete' });
    await expect(reading).rejects.not.toThrow(folder);
  });

  it('is refused by its own error when the settings are none, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        await writeFile(paths.settings, text);
        try {
          expect((await readIdentity(paths)).registrationId).toBe('gateway-1');
        } catch (error) {
          expect(error).toBeInstanceOf(ServiceError);
        }
      }),
    );
  });
});
