/** Where the tests of adversity begin: a laboratory with a technician who is connected to the machine. */
import { join } from 'node:path';
import { type Laboratory, type LaboratoryOptions, startLaboratory } from '../lab/laboratory.ts';
import { Steps } from '../lab/steps.ts';
import type { SupervisedProcess } from '../lab/supervised-process.ts';
import { People } from './people.ts';
import { connect, type StoryPeople, setUp } from './story.ts';

export interface ConnectedLaboratory {
  readonly lab: Laboratory;
  readonly cast: StoryPeople;
  readonly client: SupervisedProcess;
  close(): Promise<void>;
}

/**
 * @param name of its folder in `build`
 * @param prefix of its namespaces, see LaboratoryOptions
 */
export async function startConnectedLaboratory(
  name: string,
  prefix: string,
  gateway: LaboratoryOptions['gateway'] = 'container',
): Promise<ConnectedLaboratory> {
  const steps = new Steps((line) => console.log(line));
  const directory = join(import.meta.dirname, '../../build', name);
  const lab = await startLaboratory({ prefix, gateway, directory, steps });
  const people = new People(lab);
  const close = async (): Promise<void> => {
    await people.close();
    await lab.close();
  };
  try {
    const cast = await setUp(lab, steps, people);
    const client = await connect(lab, steps, cast);
    return {
      lab,
      cast,
      client,
      async close() {
        await client.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
