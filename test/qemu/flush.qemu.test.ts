import { afterAll, beforeAll, expect, test } from 'vitest';
import { withstandFlushes } from '../story/adversity.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';

let laboratory: ConnectedLaboratory;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-flush', 'fl', 'virtual-machine');
});

afterAll(() => laboratory?.close());

test('T6, G5: while a foreign program flushes the firewall again and again, nothing reaches what is not released, and the WAN side is silent again', async () => {
  await expect(withstandFlushes(laboratory.lab, laboratory.cast)).resolves.toBeUndefined();
});
