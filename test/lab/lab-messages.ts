/**
 * What the laboratory's program, isolated from the host, tells `npm start`: lines of JSON on a pipe of its own, beside what it
 * prints for people. And the one thing that it is told: where the gateway's image is, once that is built.
 */
import { createReadStream, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** The descriptors of both pipes in the laboratory's program. */
export const MESSAGE_DESCRIPTOR = 3;
export const IMAGE_DESCRIPTOR = 4;

const step = z.strictObject({
  kind: z.literal('step'),
  name: z.string(),
  ok: z.boolean(),
  /** Milliseconds. */
  ms: z.int(),
});

const firstLogin = z.strictObject({ email: z.string(), code: z.string(), url: z.string() });

/** The cloud can be used, and the gateway is still on its way. */
const cloudRunning = z.strictObject({ kind: z.literal('cloud-running'), firstLogin });

const running = z.strictObject({
  kind: z.literal('running'),
  /** One for each plant, the first one first. */
  plants: z
    .array(
      z.strictObject({
        ams: z.strictObject({ oneTimeCode: z.string(), fingerprint: z.string() }),
        namespaces: z.record(z.string(), z.string()),
      }),
    )
    .min(1),
  firstLogin,
  cloudUrl: z.string(),
  caFile: z.string(),
  clientInterface: z.string(),
});

const labMessage = z.discriminatedUnion('kind', [step, cloudRunning, running]);
export type LabMessage = z.infer<typeof labMessage>;
export type CloudRunningMessage = z.infer<typeof cloudRunning>;
export type RunningMessage = z.infer<typeof running>;

export function tellStart(message: LabMessage): void {
  writeSync(MESSAGE_DESCRIPTOR, `${JSON.stringify(message)}\n`);
}

/** @throws z.ZodError, SyntaxError */
export function parseLabMessage(line: string): LabMessage {
  return labMessage.parse(JSON.parse(line));
}

/** @returns the image's file, once `npm start` has written its name and closed the pipe */
export function untilImageIsBuilt(): Promise<string> {
  return text(createReadStream('', { fd: IMAGE_DESCRIPTOR }));
}
