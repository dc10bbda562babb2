import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'mkosi/mkosi.extra/usr/lib/edgegateway/make-identity');
const run = promisify(execFile);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Gateway {
  keyFile: string;
  boot(): Promise<string>;
  certificate(): Promise<X509Certificate>;
  configure(settings: object): Promise<void>;
}

/** A gateway of its own: another state folder, another machine id, perhaps a serial number. */
async function gateway(name: string, serial = ''): Promise<Gateway> {
  const state = join(folder, name);
  await mkdir(join(state, 'edgegateway'), { recursive: true });
  await writeFile(join(state, 'machine-id'), `${Buffer.from(name).toString('hex').padEnd(32, '0')}\n`);
  await writeFile(join(state, 'serial'), `${serial}\n`);
  const environment = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    STATE: state,
    OWNER: '',
    MACHINE_ID_FILE: join(state, 'machine-id'),
    PRODUCT_SERIAL_FILE: join(state, 'serial'),
  };
  return {
    keyFile: join(state, 'remoteconnect/device-key.pem'),
    boot: async () => (await run(SCRIPT, [], { env: environment })).stdout,
    certificate: async () => new X509Certificate(await readFile(join(state, 'edgegateway/device-certificate.pem'))),
    configure: async (settings) => writeFile(join(state, 'edgegateway/settings.json'), JSON.stringify(settings)),
  };
}

describe('the identity that a gateway makes for itself (G7)', () => {
  test('differs between two gateways made from one image', async () => {
    const one = await gateway('one');
    const other = await gateway('other');
    await Promise.all([one.boot(), other.boot()]);

    const [mine, yours] = [await one.certificate(), await other.certificate()];
    expect(mine.subject).toMatch(/^CN=edgegateway-[0-9a-f]{12}$/);
    expect(mine.subject).not.toBe(yours.subject);
    expect(mine.fingerprint256).not.toBe(yours.fingerprint256);
    expect(await readFile(one.keyFile, 'utf8')).not.toBe(await readFile(other.keyFile, 'utf8'));
  });

  test('has a key that nobody else may read', async () => {
    const one = await gateway('one');
    await one.boot();
    expect((await stat(one.keyFile)).mode & 0o777).toBe(0o600);
  });

  test('stays the same at the next boot', async () => {
    const one = await gateway('one');
    await one.boot();
    const before = (await one.certificate()).fingerprint256;

    expect(await one.boot()).toBe('');

    expect((await one.certificate()).fingerprint256).toBe(before);
  });

  test("takes the integrator's registration id and keeps its key", async () => {
    const one = await gateway('one');
    await one.boot();
    const before = (await one.certificate()).publicKey.export({ type: 'spki', format: 'pem' });
    await one.configure({ registrationId: 'press-4.hall-b' });
    await one.boot();

    const certificate = await one.certificate();
    expect(certificate.subject).toBe('CN=press-4.hall-b');
    expect(certificate.publicKey.export({ type: 'spki', format: 'pem' })).toBe(before);
  });

  test('belongs to the key that stands, whatever happened to the key', async () => {
    const one = await gateway('one');
    await one.boot();
    const before = (await one.certificate()).fingerprint256;
    await rm(one.keyFile);
    await one.boot();
    expect((await one.certificate()).fingerprint256).not.toBe(before);
  });

  test("comes from the maker's serial number where the board has one", async () => {
    const one = await gateway('one', 'SN-4711');
    const same = await gateway('after-reinstallation', 'SN-4711');
    await Promise.all([one.boot(), same.boot()]);
    expect((await one.certificate()).subject).toBe((await same.certificate()).subject);
  });

  test.each(['0', 'Default string', 'To Be Filled By O.E.M.', 'None', '0123456789'])(
    'does not come from the filler "%s" that two boards share',
    async (filler) => {
      const [one, other] = [await gateway('one', filler), await gateway('other', filler)];
      await Promise.all([one.boot(), other.boot()]);
      expect((await one.certificate()).subject).not.toBe((await other.certificate()).subject);
    },
  );

  test('is for proving itself as a client only, and is no authority', async () => {
    const one = await gateway('one');
    await one.boot();
    const certificate = await one.certificate();
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });
});
