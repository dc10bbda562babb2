import { join } from 'node:path';
import { execPath } from 'node:process';
import { LAB_ADDRESSES } from './network.ts';
import { SupervisedProcess } from './supervised-process.ts';

export const MACHINE_NAME = 'Packaging line 3';
export const OTHER_MACHINE_NAME = 'Press 7';

/** The two machines of each plant and a web site elsewhere. */
export async function startMachines(options: {
  readonly plantNamespaces: readonly string[];
  readonly cloudNamespace: string;
  readonly logDirectory: string;
}): Promise<{ close(): Promise<void> }> {
  const { logDirectory, plantNamespaces, cloudNamespace } = options;
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
  const inPlants = plantNamespaces.flatMap((namespace, index) => {
    const [suffix, place] = index === 0 ? ['', ''] : [`-${index + 1}`, ` of plant ${index + 1}`];
    return [
      start(`machine${suffix}`, namespace, 'machine-program.ts', [LAB_ADDRESSES.machine, `${MACHINE_NAME}${place}`]),
      start(`other-machine${suffix}`, namespace, 'machine-program.ts', [
        ...[LAB_ADDRESSES.otherMachine, `${OTHER_MACHINE_NAME}${place}`],
      ]),
    ];
  });
  const elsewhere = start('elsewhere', cloudNamespace, 'elsewhere-program.ts', [LAB_ADDRESSES.elsewhere]);
  const programs = await Promise.all([...inPlants, elsewhere]);
  return {
    async close() {
      await Promise.all(programs.map((program) => program.stop()));
    },
  };
}
