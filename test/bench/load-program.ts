/** Starts one of the load generators in a namespace and reads what it has counted. */
import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { z } from 'zod';

const LOAD_MILLISECONDS = 60_000;

/**
 * @param program file name beside this one: takes its settings as JSON in its only argument, prints its counts as JSON
 * @throws CommandError when it fails, z.ZodError when its answer is not of `counts`
 */
export async function runLoad<Counts>(
  namespace: string,
  program: string,
  settings: unknown,
  counts: z.ZodType<Counts>,
): Promise<Counts> {
  const argv = ['netns', 'exec', namespace, execPath, join(import.meta.dirname, program), JSON.stringify(settings)];
  return counts.parse(JSON.parse(await runCommand('ip', argv, { timeoutMs: LOAD_MILLISECONDS })));
}
