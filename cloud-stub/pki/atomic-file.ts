import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Readable by everyone on this computer, or by the owner alone. */
export type FileSecrecy = 'public' | 'secret';

/**
 * Replaces a file as one step that survives a power failure: readers see the old content or the new, never a part.
 * The folder must exist.
 */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
  secrecy: FileSecrecy,
): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(temporary, 'wx', secrecy === 'secret' ? 0o600 : 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The text of a file, or null where there is none. */
export async function readFileIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
