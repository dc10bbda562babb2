import { afterAll, beforeAll, expect, test } from 'vitest';
import { MACHINE_NAME } from '../lab/machines.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { Steps } from '../lab/steps.ts';
import type { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { withstandFlushes, withstandHang } from '../story/adversity.ts';
import * as cloud from '../story/cloud-pages.ts';
import { type ConnectedLaboratory, startConnectedLaboratory } from '../story/connected-laboratory.ts';
import { Controller } from '../story/controller.ts';
import { connect, expectMachine, SESSION_NAME, TECHNICIAN } from '../story/story.ts';

const OTHER_SESSION = 'Another look at line 3';

const steps = new Steps((line) => console.log(line));

let laboratory: ConnectedLaboratory;
let controller: Controller;
let otherClient: SupervisedProcess;

beforeAll(async () => {
  laboratory = await startConnectedLaboratory('lab-adversity', 'ad');
  controller = await Controller.start(laboratory.lab);
});

afterAll(async () => {
  await otherClient?.stop();
  await controller?.close();
  await laboratory?.close();
});

test('T6, G5: while a foreign program flushes the firewall again and again, nothing reaches what is not released, and the WAN side is silent again', async () => {
  await expect(withstandFlushes(laboratory.lab, laboratory.cast)).resolves.toBeUndefined();
});

test('T6, C6: a release that the administrator takes back ends both connections of a controller that has places for two', async () => {
  const { cast, client } = laboratory;
  const { page } = cast.administrator;
  await cloud.openSession(page, SESSION_NAME);
  await expect(
    controller.isFreedBy(() => cloud.replaceDevice(page, MACHINE_NAME, LAB_ADDRESSES.otherMachine), client),
  ).resolves.toBeUndefined();
});

test('T6, C1: so does the end of the session in the cloud, and another session has both places', async () => {
  const { lab, cast, client } = laboratory;
  const { page } = cast.administrator;
  await cloud.releaseDevice(page, MACHINE_NAME);
  await until('the machine answers again', () => expectMachine(lab).then(() => true));
  await expect(controller.isFreedBy(() => cloud.endSession(page), client)).resolves.toBeUndefined();
  await cloud.prepareSession(page, {
    name: OTHER_SESSION,
    reason: 'Order 4712',
    device: MACHINE_NAME,
    user: TECHNICIAN.name,
  });
  otherClient = await connect(lab, steps, cast, undefined, OTHER_SESSION);
  await expect(controller.whileHeld(() => Promise.resolve())).resolves.toBeUndefined();
});

test('G4: when the service hangs nothing passes any more once the plant has switched off', async () => {
  await expect(withstandHang(laboratory.lab, laboratory.cast)).resolves.toBeUndefined();
});
