import { afterAll, beforeAll, expect, test } from 'vitest';
import { withstandFlushes, withstandHang } from '../story/adversity.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';

let laboratory: ConnectedLaboratory;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-adversity', 'ad');
});

afterAll(() => laboratory?.close());

test('T6, G5: while a foreign program flushes the firewall again and again, nothing reaches what is not released, and the WAN side is silent again', async () => {
  await expect(withstandFlushes(laboratory.lab, laboratory.cast)).resolves.toBeUndefined();
});

test('G4: when the service hangs nothing passes any more once the plant has switched off', async () => {
  await expect(withstandHang(laboratory.lab, laboratory.cast)).resolves.toBeUndefined();
});
