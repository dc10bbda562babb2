/** Every way in which building, provisioning or running the image fails, and what the user can do about it. */
export const imageErrors = {
  'not-root': 'Run the same command as root, for example with sudo.',
  'disk-full': 'Free some space, or point XDG_CACHE_HOME to a larger disk, then run the command again.',
  'missing-tool': 'Install the packages of image/host-packages.txt: apt-get install --no-install-recommends PACKAGE.',
  'no-debian-archive':
    'Add a Debian archive (component main) to this machine\'s apt configuration and run "apt-get update".',
  'archive-unreachable':
    'Check the network and the proxy of this machine until "apt-get update" succeeds, then run the command again.',
  'missing-entry-point': 'Build from a complete checkout: this source file is what the image runs.',
  'command-failed': 'Read the lines above; the whole log is in the file named there.',
  'security-score': 'Harden the unit again: the build refuses an image above its limits.',
  'bad-settings': 'Correct the named settings; docs/integrator-guide.md lists them all.',
  'no-image': 'Build the image with "npm run image", or name one with --image and keep its block map beside it.',
  'image-damaged': 'Build or copy the image and its block map again; "sha256sum -c SHA256SUMS" tells which is damaged.',
  'disk-refused': 'Nothing was written. "lsblk" lists the disks of this computer.',
  'disk-unusable': 'No gateway can boot from it as it is. Write the image again; if that fails too, take another disk.',
  'machine-failed': 'Read the lines above and the serial log.',
  'bad-switches': 'All switches: npm run qemu -- --help',
} as const;

export type ImageErrorCode = keyof typeof imageErrors;

export class ImageError extends Error {
  readonly code: ImageErrorCode;
  readonly advice: string;

  constructor(code: ImageErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem}\n${imageErrors[code]}`, options);
    this.name = 'ImageError';
    this.code = code;
    this.advice = imageErrors[code];
  }
}

/** The system's name of a failed call (`ENOENT`, `EEXIST` ...), errno(3). */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** As the shell tells a program that Ctrl-C has ended. */
export const STOPPED = 130;

/** For command lines: a problem that we know is told without a stack. Gives the exit status. */
export function tell(error: unknown): number {
  if (error instanceof Error && error.name === 'AbortError') {
    process.stderr.write('Stopped. What was finished is kept, and the next run goes on from there.\n');
    return STOPPED;
  }
  const text =
    error instanceof ImageError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message);
  process.stderr.write(`${text.replace(/^ImageError: /, '')}\n`);
  return 1;
}
