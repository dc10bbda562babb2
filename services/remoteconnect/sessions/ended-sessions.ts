/** The sessions that the plant has ended, on disk: a restart of the service must not bring them back (G4). */
import { displayName } from '@edgegateway/protocol/wire-values';
import { SessionFile } from './session-file.ts';

/** By whom each was ended. */
export class EndedSessionsFile extends SessionFile<string> {
  constructor(path: string) {
    super(path, displayName, 'ended-sessions-invalid');
  }
}
