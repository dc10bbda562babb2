/** Where DPS sent this gateway: remembered, so that DPS is asked once and not on every start. */
import { rm } from 'node:fs/promises';
import { hostName } from '@edgegateway/protocol/host-name';
import { z } from 'zod';
import { readIfPresent, writeDurably } from '../durable-file.ts';
import type { GatewayIdentity } from './identity.ts';

export const assignmentSchema = z.strictObject({ hub: hostName, deviceId: z.string().min(1).max(128) });
export type Assignment = z.infer<typeof assignmentSchema>;

const storedSchema = z.strictObject({
  /** The answer holds for whoever asked, and whom: other settings make it void. */
  asked: z.strictObject({ idScope: z.string(), registrationId: z.string(), host: z.string(), port: z.int() }),
  assignment: assignmentSchema,
});

export interface Registrar {
  /**
   * Registers with DPS and waits for the assignment.
   * @throws ServiceError 'onboarding-refused' | 'onboarding-disabled' | 'onboarding-not-understood' |
   *   'onboarding-failed' | 'certificate-not-trusted' | 'timed-out'
   */
  register(identity: GatewayIdentity, signal: AbortSignal): Promise<Assignment>;
}

export class AssignmentStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Null when nothing usable is stored for this identity. */
  async read(identity: GatewayIdentity): Promise<Assignment | null> {
    const text = await readIfPresent(this.#path);
    if (text === null) return null;
    const stored = storedSchema.safeParse(parseJson(text)).data;
    if (stored === undefined || JSON.stringify(stored.asked) !== JSON.stringify(askedBy(identity))) return null;
    return stored.assignment;
  }

  async write(identity: GatewayIdentity, assignment: Assignment): Promise<void> {
    const stored: z.infer<typeof storedSchema> = { asked: askedBy(identity), assignment };
    await writeDurably(this.#path, JSON.stringify(stored));
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** @throws z.ZodError when DPS answered with something that is no assignment */
export function parseAssignment(assignedHub: unknown, deviceId: unknown): Assignment {
  return assignmentSchema.parse({ hub: assignedHub, deviceId });
}

function askedBy(identity: GatewayIdentity) {
  const { idScope, registrationId, dps } = identity;
  return { idScope, registrationId, host: dps.host, port: dps.port };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
