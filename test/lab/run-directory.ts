import { join } from 'node:path';

/** Everything of a run that one may want to look at: data, logs, pictures, the result of `--check`, `system.json`. */
export const RUN_DIRECTORY = join(import.meta.dirname, '../../.run');
