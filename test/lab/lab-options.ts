import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What `npm start` lets one choose. */
export const labOptions = z
  .strictObject({
    /** The gateway's image in QEMU, or its tree as a container. */
    gateway: z.enum(['image', 'container']),
    /** How many gateways, each in a plant of its own. */
    gateways: z.int().min(1).max(4),
    /** Walk the story once and end. */
    check: z.boolean(),
    /** Show the gateway's console in this terminal. */
    console: z.boolean(),
  })
  .refine(({ gateway, console }) => gateway === 'image' || !console, 'only the image has a console')
  .refine(({ gateways, console }) => gateways === 1 || !console, 'a terminal shows one console');
export type LabOptions = z.infer<typeof labOptions>;

const USAGE =
  'Use "npm start" or "npm start -- --check", with "--gateways N" for up to four, and either "--gateway container" or, to see the console of the image, "--console".';

/** @throws Error that says what may be said */
export function parseLabArguments(words: readonly string[]): LabOptions {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        check: { type: 'boolean', default: false },
        gateway: { type: 'string', default: 'image' },
        gateways: { type: 'string', default: '1' },
        console: { type: 'boolean', default: false },
      },
    });
    return labOptions.parse({ ...values, gateways: Number(values.gateways) });
  } catch (cause) {
    throw new Error(`Not understood: ${words.join(' ')}. ${USAGE}`, { cause });
  }
}
