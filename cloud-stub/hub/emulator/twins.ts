/** Device twins: reading, merging and telling the listener what a gateway reported. */
import { type GatewayConfiguration, gatewayReported } from '@edgegateway/protocol/gateway-configuration';
import type { Logger } from 'pino';
import { z } from 'zod';
import { NOT_STORABLE, unstorableField } from '../../store/storable-text.ts';
import type { HubDevice, HubListener } from '../hub.ts';
import { HubError } from '../hub-error.ts';
import type { DeviceRegistry } from './device-registry.ts';
import { isJsonObject, type JsonObject, mergePatch, smallestPatch } from './merge-patch.ts';
import { fitsTwin, twinProblem } from './twin-limits.ts';

export type ReportOutcome =
  | { readonly outcome: 'merged'; readonly version: number }
  | { readonly outcome: 'refused'; readonly message: string };

class TwinRefusal extends Error {
  override readonly name = 'TwinRefusal';
}

export class Twins {
  readonly #registry: DeviceRegistry;
  readonly #log: Logger;
  /** Gateways whose report, as it is stored, has reached the listener since the start. */
  readonly #delivered = new Set<string>();

  constructor(registry: DeviceRegistry, log: Logger) {
    this.#registry = registry;
    this.#log = log;
  }

  /** The body of the answer to a reading; null when the gateway is not enrolled. */
  read(registrationId: string): JsonObject | null {
    const device = this.#registry.find(registrationId);
    return device && { desired: withVersion(device.desired), reported: withVersion(device.reported) };
  }

  /**
   * Merges, saves and delivers a patch of the reported properties.
   * @throws whatever the storage or the listener throws; a report that was not delivered is delivered later
   */
  async report(registrationId: string, patch: unknown, listener: HubListener): Promise<ReportOutcome> {
    if (!isJsonObject(patch)) return { outcome: 'refused', message: 'The patch is not a JSON object.' };
    const problem = twinProblem(patch);
    if (problem !== null) return { outcome: 'refused', message: problem };
    const field = unstorableField(patch);
    if (field !== null) return { outcome: 'refused', message: `${field} ${NOT_STORABLE}.` };
    let device: HubDevice;
    try {
      device = await this.#registry.update(registrationId, (former) => {
        this.#delivered.delete(registrationId);
        return { ...former, reported: nextHalf(former.reported, patch), lastUpdatedAt: new Date().toISOString() };
      });
    } catch (error) {
      if (error instanceof TwinRefusal) return { outcome: 'refused', message: error.message };
      throw error;
    }
    await this.deliverReport(registrationId, listener);
    return { outcome: 'merged', version: device.reported.version };
  }

  /** Tells the listener what is stored, unless it knows. */
  async deliverReport(registrationId: string, listener: HubListener): Promise<void> {
    const device = this.#registry.find(registrationId);
    if (device === null || this.#delivered.has(registrationId)) return;
    this.#delivered.add(registrationId);
    const parsed = gatewayReported.safeParse(device.reported.properties);
    if (!parsed.success) {
      this.#log.warn(
        { registrationId, problem: z.prettifyError(parsed.error) },
        'A gateway reported something that is not a report.',
      );
      return;
    }
    if (parsed.data.remoteConnect === undefined) return;
    try {
      await listener.reported(registrationId, parsed.data.remoteConnect);
    } catch (error) {
      this.#delivered.delete(registrationId);
      throw error;
    }
  }

  /**
   * Makes `remoteConnect` of the desired properties exactly this; nothing changes when it is already.
   * @throws HubError 'not-enrolled' | 'twin-too-large'
   */
  async setDesired(registrationId: string, configuration: GatewayConfiguration): Promise<void> {
    const remoteConnect: unknown = JSON.parse(JSON.stringify(configuration));
    try {
      await this.#registry.update(registrationId, (former) => {
        const { properties } = former.desired;
        const patch = smallestPatch(properties, { ...properties, remoteConnect });
        if (Object.keys(patch).length === 0) return former;
        const problem = twinProblem(patch);
        if (problem !== null) throw new TwinRefusal(problem);
        return { ...former, desired: nextHalf(former.desired, patch), lastUpdatedAt: new Date().toISOString() };
      });
    } catch (error) {
      if (!(error instanceof TwinRefusal)) throw error;
      throw new HubError('twin-too-large', `The configuration of ${registrationId} does not fit: ${error.message}`);
    }
  }

  forget(registrationId: string): void {
    this.#delivered.delete(registrationId);
  }
}

/** What changed in the desired properties, as the hub announces it; null: nothing. */
export function desiredChange(device: HubDevice, former: HubDevice): { version: number; body: JsonObject } | null {
  if (device.desired.version === former.desired.version) return null;
  const { version } = device.desired;
  return {
    version,
    body: { ...smallestPatch(former.desired.properties, device.desired.properties), $version: version },
  };
}

function withVersion({ properties, version }: HubDevice['desired']): JsonObject {
  return { ...properties, $version: version };
}

function nextHalf({ properties, version }: HubDevice['desired'], patch: JsonObject): HubDevice['desired'] {
  const merged = mergePatch(properties, patch);
  if (!fitsTwin(merged)) throw new TwinRefusal('The properties have more than 32 KB.');
  return { properties: merged, version: version + 1 };
}
