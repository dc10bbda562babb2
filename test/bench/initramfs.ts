/**
 * A root file system in memory, as the kernel unpacks it: a cpio archive in the "newc" form (Linux documentation,
 * "initramfs buffer format").
 */

export interface InitramfsFile {
  /** Without a slash at its beginning. */
  readonly path: string;
  readonly kind: 'file' | 'program' | 'link' | 'directory';
  /** Of a link: where it leads. */
  readonly content?: Uint8Array | string;
}

const MODES = { file: 0o100600, program: 0o100755, link: 0o120777, directory: 0o040755 } as const;
const LAST = 'TRAILER!!!';
const ALIGNMENT = 4;

/** The folders that lead to the files are added, each before what is in it. */
export function initramfs(files: readonly InitramfsFile[]): Buffer {
  const pieces: Buffer[] = [];
  let inode = 0;
  const add = (path: string, mode: number, content: Uint8Array | string): void => {
    inode += 1;
    const data = Buffer.from(content);
    const name = Buffer.from(`${path}\0`);
    // inode, mode, owner, group, links, time, size, device (2), device of a node (2), length of the name, checksum
    const numbers = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
    const header = Buffer.from(`070701${numbers.map((one) => one.toString(16).padStart(8, '0')).join('')}`);
    pieces.push(padded(Buffer.concat([header, name])), padded(data));
  };
  for (const folder of foldersOf(files)) add(folder, MODES.directory, '');
  for (const { path, kind, content = '' } of files) if (kind !== 'directory') add(path, MODES[kind], content);
  add(LAST, 0, '');
  return Buffer.concat(pieces);
}

function foldersOf(files: readonly InitramfsFile[]): string[] {
  const folders = new Set<string>();
  for (const { path, kind } of files) {
    const parts = path.split('/');
    const depth = kind === 'directory' ? parts.length : parts.length - 1;
    for (let length = 1; length <= depth; length += 1) folders.add(parts.slice(0, length).join('/'));
  }
  return [...folders].sort();
}

function padded(bytes: Buffer): Buffer {
  const excess = bytes.length % ALIGNMENT;
  return excess === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(ALIGNMENT - excess)]);
}
