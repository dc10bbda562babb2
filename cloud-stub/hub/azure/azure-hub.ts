/** Azure's Device Provisioning Service and IoT Hub as the cloud's hub, through their service SDKs. */
import { gatewayReported } from '@edgegateway/protocol/gateway-configuration';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Hub, HubListener } from '../hub.ts';
import { azureCall, type CallTiming } from './azure-call.ts';
import type { AzureClients } from './azure-clients.ts';
import { AzureGateways, bodyOf } from './azure-gateways.ts';
import { callMethod } from './azure-methods.ts';
import { AzureTwins, withoutMetadata } from './azure-twins.ts';
import type { HubEvent } from './hub-event.ts';
import type { HubEventSource } from './hub-event-source.ts';

export interface AzureHubOptions {
  readonly clients: AzureClients;
  readonly events: HubEventSource;
  readonly log: Logger;
  readonly timing?: CallTiming;
}

const ALL_DEVICES = 'SELECT deviceId, status, connectionState, properties.reported FROM devices';
const PAGE = 100;

const listedDevice = z.looseObject({
  deviceId: z.string(),
  status: z.enum(['enabled', 'disabled']),
  connectionState: z.string(),
  reported: z.unknown().optional(),
  properties: z.looseObject({ reported: z.unknown() }).optional(),
});

/** What concerns one gateway throws HubError, or what Azure answered. */
export function createAzureHub({ clients, events, log, timing }: AzureHubOptions): Hub {
  const stopped = new AbortController();
  const call = <Result>(work: () => Promise<Result>): Promise<Result> => azureCall(work, stopped.signal, timing);
  const gateways = new AzureGateways(clients, call);
  const twins = new AzureTwins(clients, call);
  const connected = new Set<string>();
  let listener: HubListener | null = null;

  async function report(id: string, reported: unknown): Promise<void> {
    const parsed = gatewayReported.safeParse(reported);
    if (!parsed.success)
      log.warn(
        { gateway: id, problem: z.prettifyError(parsed.error) },
        'a gateway reported something that is not a report',
      );
    else if (parsed.data.remoteConnect !== undefined) await listener?.reported(id, parsed.data.remoteConnect);
  }

  async function take(event: HubEvent): Promise<void> {
    const { id } = event;
    switch (event.kind) {
      case 'telemetry':
        return listener?.telemetry(id, event.body, event.properties);
      case 'connection':
        if (event.connected) connected.add(id);
        else connected.delete(id);
        await listener?.connectionChanged(id, event.connected, event.at);
        return;
      case 'twin-changed': {
        const reported = await twins.reported(id);
        if (reported !== null) await report(id, reported);
        return;
      }
      case 'created': {
        const groupId = await gateways.groupOf(id);
        if (groupId !== null) await listener?.appeared?.(id, { groupId, certificatePem: null });
        await twins.arrived(id);
        return;
      }
      case 'deleted':
        connected.delete(id);
        twins.forget(id);
        return;
    }
  }

  /** What events before the first checkpoint would have told. */
  async function readAll(): Promise<void> {
    const query = clients.registry.createQuery(ALL_DEVICES, PAGE);
    do {
      const page = z.array(z.unknown()).parse(bodyOf(await call(() => query.next(query.continuationToken))) ?? []);
      for (const row of page) {
        const device = listedDevice.parse(JSON.parse(JSON.stringify(row)));
        gateways.noteStatus(device.deviceId, device.status);
        if (device.connectionState === 'Connected') connected.add(device.deviceId);
        await report(device.deviceId, withoutMetadata(device.reported ?? device.properties?.reported));
      }
    } while (query.hasMoreResults);
  }

  return {
    async start(told) {
      listener = told;
      await gateways.load();
      await readAll();
      await events.start(take);
    },

    async stop() {
      stopped.abort(new Error('the hub has been stopped'));
      await events.stop();
    },

    enroll: (id, certificatePem) => gateways.enroll(id, certificatePem),

    async remove(id) {
      twins.forget(id);
      connected.delete(id);
      await gateways.remove(id);
    },

    async disable(id) {
      await gateways.setStatus(id, 'disabled');
      connected.delete(id);
    },

    enable: (id) => gateways.setStatus(id, 'enabled'),

    enrollGroup: (groupId, caPem) => gateways.enrollGroup(groupId, caPem),

    removeGroup: (groupId) => gateways.removeGroup(groupId),

    isConnected: (id) => connected.has(id),

    ask: (id, method) => callMethod(clients, id, method),

    setDesired: (id, configuration) => twins.setDesired(id, configuration),
  };
}
