/**
 * Which test files are running: a reporter of Vitest notes it in the file that RUNNING_TEST_FILES names, because a worker
 * that hangs or is killed says nothing itself.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { env } from 'node:process';
import type { Reporter, TestModule } from 'vitest/node';

const STARTED = '+';
const ENDED = '-';

export default class RunningFilesReporter implements Reporter {
  onTestModuleStart({ moduleId }: TestModule): void {
    note(STARTED, moduleId);
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    note(ENDED, moduleId);
  }
}

/** Absolute paths of the files that have started and not ended, by the notes in `file`; none without notes. */
export function runningFiles(file: string): readonly string[] {
  let notes: string;
  try {
    notes = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const running = new Set<string>();
  for (const line of notes.split('\n')) {
    if (line.startsWith(STARTED)) running.add(line.slice(1));
    else if (line.startsWith(ENDED)) running.delete(line.slice(1));
  }
  return [...running];
}

function note(sign: string, path: string): void {
  const file = env['RUNNING_TEST_FILES'];
  if (file !== undefined) appendFileSync(file, `${sign}${path}\n`);
}
