/**
 * Which sessions the gateway has taken over, and during which switching on at the plant, on disk: none of them goes on
 * after the plant has switched off, whether the cloud has heard of that or not (G4).
 */
import { createHash } from 'node:crypto';
import type { GatewaySession } from '@edgegateway/protocol/gateway-configuration';
import { z } from 'zod';
import { SessionFile } from './session-file.ts';

const takenSession = z.strictObject({
  switchOnId: z.uuid(),
  /** See `runMark`. */
  run: z.string().max(100),
});
export type TakenSession = z.infer<typeof takenSession>;

/** Tells the runs of one session apart: the cloud draws a new secret for each. SHA-256 of it, base64. */
export function runMark({ signallingSecret }: GatewaySession): string {
  return createHash('sha256').update(signallingSecret).digest('base64');
}

export class TakenSessionsFile extends SessionFile<TakenSession> {
  constructor(path: string) {
    super(path, takenSession, 'taken-sessions-invalid');
  }
}
