import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentStore, parseAssignment } from './assignment.ts';
import type { GatewayIdentity } from './identity.ts';

const IDENTITY: GatewayIdentity = {
  idScope: '0ne1',
  registrationId: 'gateway-1',
  dps: { host: 'dps.example', port: 443 },
  certificatePem: '',
  keyPem: '',
  caPem: null,
};
const ASSIGNMENT = { hub: 'hub.example', deviceId: 'gateway-1' };

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assignment-'));
  path = join(folder, 'assignment.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the remembered answer of DPS (G7)', () => {
  it('survives a restart', async () => {
    await new AssignmentStore(path).write(IDENTITY, ASSIGNMENT);
    expect(await new AssignmentStore(path).read(IDENTITY)).toEqual(ASSIGNMENT);
  });

  it('is void for other settings', async () => {
    const store = new AssignmentStore(path);
    await store.write(IDENTITY, ASSIGNMENT);
    expect(await store.read({ ...IDENTITY, idScope: '0ne2' })).toBeNull();
    expect(await store.read({ ...IDENTITY, dps: { host: 'other.example', port: 443 } })).toBeNull();
  });

  it.each(['', 'not json', '{}', '{"assignment":{"hub":"hub.example","deviceId":"x"}}'])(
    'is asked for again when the file holds %j',
    async (text) => {
      await writeFile(path, text);
      expect(await new AssignmentStore(path).read(IDENTITY)).toBeNull();
    },
  );

  it('is forgotten, also when there is none', async () => {
    const store = new AssignmentStore(path);
    await store.write(IDENTITY, ASSIGNMENT);
    await store.forget();
    await store.forget();
    expect(await store.read(IDENTITY)).toBeNull();
  });

  it('is refused when it is no assignment', () => {
    expect(() => parseAssignment('not a host!', 'gateway-1')).toThrow();
    expect(() => parseAssignment(undefined, undefined)).toThrow();
  });
});
