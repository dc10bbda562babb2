import { join } from 'node:path';
import { execPath } from 'node:process';
import { LAB_ADDRESSES } from './network.ts';
import { SupervisedProcess } from './supervised-process.ts';

export const MACHINE_NAME = 'Packaging line 3';
export const OTHER_MACHINE_NAME = 'Press 7';

/** The two machines of the plant and a web site elsewhere. */
export async function startMachines(options: {
  readonly plantNamespace: string;
  readonly cloudNamespace: string;
  readonly logDirectory: string;
}): Promise<{ close(): Promise<void> }> {
  const { logDirectory } = options;
  const start = (
    name: string,
    namespace: string,
    program: string,
    argv: readonly string[],
  ): Promise<SupervisedProcess> =>
    SupervisedProcess.start({
      name,
      command: 'ip',
      argv: ['netns', 'exec', namespace, execPath, join(import.meta.dirname, program), ...argv],
      readyWhen: /^ready /,
      logDirectory,
    });
  const programs = await Promise.all([
    start('machine', options.plantNamespace, 'machine-program.ts', [LAB_ADDRESSES.machine, MACHINE_NAME]),
    start('other-machine', options.plantNamespace, 'machine-program.ts', [
      LAB_ADDRESSES.otherMachine,
      OTHER_MACHINE_NAME,
    ]),
    start('elsewhere', options.cloudNamespace, 'elsewhere-program.ts', [LAB_ADDRESSES.elsewhere]),
  ]);
  return {
    async close() {
      await Promise.all(programs.map((program) => program.stop()));
    },
  };
}
