import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { ImageError } from '../errors.ts';
import { emulatorFault } from './emulator-fault.ts';
import type { Machine } from './machine.ts';

const LOOK_MILLISECONDS = 200;
/** Somebody waits, and a test that says nothing for long is ended. */
const TOLD_AGAIN_MILLISECONDS = 60_000;
const NEW_BOOTS = 2;
/** Of the console, told when the gateway does not come up. */
const LAST_LINES = 25;

/**
 * Waits until the console shows what `find` looks for. A machine whose emulator has failed is started again, twice at
 * most, and `tell` says so.
 * @param find gets what the console has said since the last start
 * @throws ImageError machine-failed with the console's last lines; the signal's reason
 */
export async function untilShown<T>(
  machine: Machine,
  find: (console: string) => T | undefined,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<T> {
  const slow = setInterval(() => tell('the gateway is still booting ...'), TOLD_AGAIN_MILLISECONDS);
  try {
    return await untilFound(machine, find, tell, signal);
  } finally {
    clearInterval(slow);
  }
}

async function untilFound<T>(...[machine, find, tell, signal]: Parameters<typeof untilShown<T>>): Promise<T> {
  let from = 0;
  for (let boots = 0; ; ) {
    const text = (await machine.serialText()).slice(from);
    const fault = emulatorFault(text);
    const found = fault === undefined ? find(text) : undefined;
    if (found !== undefined) return found;
    if (!machine.running) throw notUp('the virtual machine has ended', text);
    if (signal.aborted) throw notUp('it took too long', text, signal.reason);
    if (fault !== undefined) {
      if (boots === NEW_BOOTS) throw notUp(`the emulator failed in ${boots + 1} boots`, text);
      boots += 1;
      tell(`the emulator has failed ("${fault.trim()}"): the machine is started again ...`);
      await machine.reset();
      from = (await machine.serialText()).length;
    }
    // Whoever ends the wait is told with the console's last lines.
    await pause(LOOK_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
}

function notUp(why: string, console: string, cause?: unknown): ImageError {
  const last = stripVTControlCharacters(console)
    .trimEnd()
    .split(/[\r\n]+/)
    .slice(-LAST_LINES);
  return new ImageError(
    'machine-failed',
    `The gateway did not come up: ${why}. Its console said last:\n${last.join('\n')}`,
    {
      cause,
    },
  );
}
