import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What `npm start` lets one choose. */
export const labOptions = z
  .strictObject({
    /** The gateway's tree as a container, or its image in QEMU. */
    gateway: z.enum(['container', 'image']),
    /** Walk the story once and end. */
    check: z.boolean(),
    /** Show the gateway's console in this terminal. */
    console: z.boolean(),
  })
  .refine(({ gateway, console }) => gateway === 'image' || !console, 'only the image has a console');
export type LabOptions = z.infer<typeof labOptions>;

const USAGE =
  'Use "npm start", "npm start -- --check", and "--gateway container" or "--gateway image" with either, "--console" with the image.';

/** @throws Error that says what may be said */
export function parseLabArguments(words: readonly string[]): LabOptions {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        check: { type: 'boolean', default: false },
        gateway: { type: 'string', default: 'container' },
        console: { type: 'boolean', default: false },
      },
    });
    return labOptions.parse(values);
  } catch (cause) {
    throw new Error(`Not understood: ${words.join(' ')}. ${USAGE}`, { cause });
  }
}
