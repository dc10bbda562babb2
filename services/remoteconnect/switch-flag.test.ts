import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { parseSwitchFlag, Switch } from './switch-flag.ts';
import { FakeClock } from './testing/fake-clock.ts';

const ID = '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switch-'));
});
afterEach(() => rm(folder, { recursive: true }));

function flagText(until: string | null): string {
  return JSON.stringify({ id: ID, until });
}

function switchAt(now: string) {
  const path = join(folder, 'remoteconnect-on');
  const clock = new FakeClock(now);
  return { path, clock, flag: new Switch(path, clock) };
}

describe('the switch of the AMS (G2, G3, G4)', () => {
  it('is off while there is no flag file', async () => {
    const { flag } = switchAt('2026-06-01T08:00:00.000Z');
    expect(await flag.read()).toMatchObject({ position: 'off' });
  });

  it('is on for good with a flag without an end', async () => {
    const { flag, path } = switchAt('2026-06-01T08:00:00.000Z');
    await writeFile(path, flagText(null));
    expect(await flag.read()).toEqual({ position: 'on', id: ID, until: null });
  });

  it('is off once its time has passed, though the wall clock was set back', async () => {
    const { flag, path, clock } = switchAt('2026-06-01T08:00:00.000Z');
    await writeFile(path, flagText('2026-06-01T09:00:00.000Z'));
    expect(await flag.read()).toEqual({ position: 'on', id: ID, until: '2026-06-01T09:00:00.000Z' });
    clock.setWall('2026-05-01T00:00:00.000Z');
    clock.pass(3_600_000);
    expect(await flag.read()).toMatchObject({ position: 'off' });
  });

  it('follows a time that the plant lengthens', async () => {
    const { flag, path, clock } = switchAt('2026-06-01T08:00:00.000Z');
    await writeFile(path, flagText('2026-06-01T09:00:00.000Z'));
    await flag.read();
    await writeFile(path, flagText('2026-06-01T10:00:00.000Z'));
    clock.pass(3_600_000);
    expect(await flag.read()).toEqual({ position: 'on', id: ID, until: '2026-06-01T10:00:00.000Z' });
  });

  it('a flag file that is none is refused by its own error, whatever is in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(parseSwitchFlag(text)?.until ?? null).toSatisfy(
            (until) => until === null || !Number.isNaN(Date.parse(until)),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(ServiceError);
        }
      }),
    );
  });
});
