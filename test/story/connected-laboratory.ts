/** Where the tests of adversity begin: the gateway's container in a laboratory, and a technician connected to the machine. */
import { join } from 'node:path';
import { type Laboratory, startLaboratory } from '../lab/laboratory.ts';
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
export async function startConnectedLaboratory(name: string, prefix: string): Promise<ConnectedLaboratory> {
  const steps = new Steps((line) => console.log(line));
  const directory = join(import.meta.dirname, '../../build', name);
  const lab = await startLaboratory({ prefix, gateway: 'container', directory, steps });
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
