/** What can be wrong with the store, and what the operator does about it. */
const REMEDIES = {
  'store-in-use': 'Another cloud uses this data directory: end it first, or configure another dataDirectory.',
  'store-not-writable': 'Give the user of this program the right to write there, or configure another dataDirectory.',
  'store-missing': 'Name the configuration of the cloud that is to be backed up.',
  'store-exists': 'Move the folder away, or configure another dataDirectory.',
  'store-not-created': 'Correct what PostgreSQL names, and start again: nothing of the attempt is left.',
  'store-not-started': 'Correct what PostgreSQL names, and start again; where the files are damaged, restore a backup.',
  'store-of-other-version':
    'Run the version of this program that wrote the store, or move the folder away for an empty one.',
  'store-closed': 'Start the cloud again.',
  'disk-full': 'Free space on the disk of dataDirectory. Nothing that was confirmed is lost.',
  'backup-unreadable': 'Name a file that the backup has written, whole.',
  'migration-failed': 'Restore the store from a backup, or run the version of the program that wrote it.',
  'database-unreachable': 'Start PostgreSQL, or correct databaseUrl in the configuration.',
} as const;

export type StoreErrorCode = keyof typeof REMEDIES;

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem} ${REMEDIES[code]}`, options);
    this.code = code;
  }
}
