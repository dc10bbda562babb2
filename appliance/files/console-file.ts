import { type ConsoleInformation, consoleInformation } from '@edgegateway/protocol/gateway-files';
import { writeAtomically } from './atomic-file.ts';

/** The console's user is in the group of the AMS; nobody else may read the one-time code. */
const MODE = 0o640;

export async function writeConsoleInformation(path: string, information: ConsoleInformation): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(consoleInformation.parse(information))}\n`, MODE);
}

/** Null for anything that is not such a file. */
export function parseConsoleInformation(text: string | null): ConsoleInformation | null {
  if (text === null) return null;
  try {
    return consoleInformation.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
