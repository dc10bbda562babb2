/**
 * What the laboratory's program, isolated from the host, tells `npm start`: lines of JSON on a pipe of its own, beside what it
 * prints for people.
 */
import { writeSync } from 'node:fs';
import { z } from 'zod';

/** The descriptor of the pipe in the laboratory's program. */
export const MESSAGE_DESCRIPTOR = 3;

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
  ams: z.strictObject({ oneTimeCode: z.string(), fingerprint: z.string() }),
  firstLogin,
  cloudUrl: z.string(),
  caFile: z.string(),
  clientInterface: z.string(),
  namespaces: z.record(z.string(), z.string()),
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
