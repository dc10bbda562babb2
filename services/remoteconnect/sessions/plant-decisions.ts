/**
 * What the plant has said when it was asked (P3), on disk: neither a yes nor a no is asked for twice. A decision counts
 * for one client only: another key is another question.
 */
import { refusalWords } from '@edgegateway/protocol/gateway-bus';
import type { GatewaySession } from '@edgegateway/protocol/gateway-configuration';
import { displayName, wireguardPublicKey } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { SessionFile } from './session-file.ts';

const decided = { clientPublicKey: wireguardPublicKey, by: displayName };

const plantDecision = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('approved'), ...decided }),
  z.strictObject({ decision: z.literal('refused'), ...decided, words: refusalWords }),
]);
export type PlantDecision = z.infer<typeof plantDecision>;

/** What of this the plant has said on the session's present client; null: it has not been asked, or not answered. */
export function decisionOn(
  said: PlantDecision | undefined,
  { approval, clientPublicKey }: GatewaySession,
): PlantDecision | null {
  return approval !== undefined && said?.clientPublicKey === clientPublicKey ? said : null;
}

export class PlantDecisionsFile extends SessionFile<PlantDecision> {
  constructor(path: string) {
    super(path, plantDecision, 'plant-decisions-invalid');
  }
}
