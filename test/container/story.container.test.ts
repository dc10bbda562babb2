import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Laboratory, startLaboratory } from '../lab/laboratory.ts';
import { Steps } from '../lab/steps.ts';
import { playStory } from '../story/story.ts';

const steps = new Steps((line) => console.log(line));

let lab: Laboratory;

beforeAll(async () => {
  const directory = join(import.meta.dirname, '../../build/lab-story');
  lab = await startLaboratory({ prefix: 'st', gateway: 'container', directory, steps });
});

afterAll(() => lab?.close());

test('A1-A3, C1-C9, G1-G7, T1-T7, P1-P5: a technician reaches a released machine until the plant switches off', async () => {
  await expect(playStory(lab, steps)).resolves.toBeUndefined();
});
