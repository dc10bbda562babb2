import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ImageError } from '../errors.ts';
import { DEFAULT_MEMORY_MEBIBYTES } from './qemu-arguments.ts';

export const USAGE = `Boots the gateway's image in QEMU and shows its console in this terminal.

    npm run qemu -- [switches]

    --image FILE         this raw image instead of the one of the checked-out tree
    --memory MiB         ${DEFAULT_MEMORY_MEBIBYTES} where it is not given
    --disk FILE          keep the disk in FILE and go on with it the next time; otherwise it is thrown away
    --disk-size SIZE     of a new disk, for example 8G; the image's own where it is not given
    --stick FILE         plug in a provisioning stick (npm run image:provision -- ... --file FILE)
    --network user|none  user: the AMS on a port of 127.0.0.1, a WAN side without a way out; the default
                         none: no cable is plugged in
    --internet           with "user": the WAN side goes out through this computer (NAT)
    --lan ADDRESS/LENGTH the gateway's plant address, where the stick sets another one than 192.168.250.1/24
    --ams-port PORT      8443 where it is not given
    --serial FILE        write what the console says into FILE too
    --screenshot FILE    give the machine a screen and write a picture of it (PNG) once the console page stands
    --once               end once the console page stands, and the picture is taken
    --help               this text

Ctrl-C presses the power button, a second Ctrl-C pulls the plug.
`;

const count = (minimum: number, maximum: number): z.ZodType<number> =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum));

const runOptions = z
  .strictObject({
    image: z.string().min(1).optional(),
    memory: count(512, 65_536).default(DEFAULT_MEMORY_MEBIBYTES),
    disk: z.string().min(1).optional(),
    'disk-size': z
      .string()
      .regex(/^[1-9]\d{0,5}[MGT]$/, 'is not a size such as 8G')
      .optional(),
    stick: z.string().min(1).optional(),
    network: z.enum(['user', 'none']).default('user'),
    internet: z.boolean().default(false),
    lan: z.cidrv4('is not an address with prefix length such as 192.168.250.1/24').default('192.168.250.1/24'),
    'ams-port': count(1, 65_535).default(8443),
    serial: z.string().min(1).optional(),
    screenshot: z.string().min(1).optional(),
    once: z.boolean().default(false),
    help: z.boolean().default(false),
  })
  .refine(({ network, internet }) => !(network === 'none' && internet), {
    path: ['internet'],
    message: 'does not go with --network none',
  });
export type RunOptions = z.infer<typeof runOptions>;

const SWITCHES = {
  ...switches(
    'string',
    ...['image', 'memory', 'disk', 'disk-size', 'stick', 'network', 'lan', 'ams-port', 'serial', 'screenshot'],
  ),
  ...switches('boolean', 'internet', 'once', 'help'),
};

function switches<Type extends 'string' | 'boolean'>(type: Type, ...names: string[]): Record<string, { type: Type }> {
  return Object.fromEntries(names.map((name) => [name, { type }]));
}

/** @throws ImageError bad-switches, with the switch and the reason */
export function parseRunArguments(words: readonly string[]): RunOptions {
  let values: unknown;
  try {
    values = parseArgs({ args: [...words], options: SWITCHES }).values;
  } catch (cause) {
    throw new ImageError('bad-switches', cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const parsed = runOptions.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ImageError('bad-switches', `--${issue?.path.join('.')}: ${issue?.message}`, { cause: parsed.error });
}
