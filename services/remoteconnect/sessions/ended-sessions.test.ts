import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OTHER_SESSION_ID, SESSION_ID } from '../testing/desired.ts';
import { EndedSessionsFile } from './ended-sessions.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ended-'));
  path = join(folder, 'ended-sessions.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the sessions that the plant has ended (G4)', () => {
  it('are none at first', async () => {
    expect(await new EndedSessionsFile(path).read()).toEqual(new Map());
  });

  it('are known after a restart, the last writing of several at once', async () => {
    const file = new EndedSessionsFile(path);
    const both = new Map([
      [SESSION_ID, 'plant operator'],
      [OTHER_SESSION_ID, 'plant operator'],
    ]);
    await Promise.all([file.write(new Map([[SESSION_ID, 'plant operator']])), file.write(both)]);
    expect(await new EndedSessionsFile(path).read()).toEqual(both);
  });

  it('are not taken for none when the file is damaged', async () => {
    for (const damaged of ['{"half', '{"no session id": "plant operator"}']) {
      await writeFile(path, damaged);
      await expect(new EndedSessionsFile(path).read()).rejects.toMatchObject({ code: 'ended-sessions-invalid' });
    }
  });
});
