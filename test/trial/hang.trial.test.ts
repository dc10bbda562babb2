import { afterAll, beforeAll, expect, test } from 'vitest';
import { withstandHang } from '../story/adversity.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';

let laboratory: ConnectedLaboratory;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-hang', 'hg');
});

afterAll(() => laboratory?.close());

test('G4: when the service hangs nothing passes any more once the plant has switched off', async () => {
  await expect(withstandHang(laboratory.lab, laboratory.cast)).resolves.toBeUndefined();
});
