/** Azure's Device Provisioning Service and IoT Hub, as far as gateways use them, on this computer. */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type {
  Hub,
  HubDevice,
  HubGroup,
  HubListener,
  HubStorage,
  MethodAnswer,
  MethodCall,
  SymmetricKeys,
} from '../hub.ts';
import { CloudToDevice, type NewMessage } from './cloud-to-device.ts';
import { ConnectedGateways } from './connected-gateways.ts';
import { checkedAuthority, checkedCertificate } from './device-certificate.ts';
import { DeviceRegistry } from './device-registry.ts';
import { callError, DirectMethods } from './direct-methods.ts';
import type { HubListen } from './hub-listen.ts';
import { startHubServer } from './hub-server.ts';
import { DESIRED_CHANGES } from './hub-session.ts';
import { newDevice } from './new-device.ts';
import { type StartedServer, startProvisioningServer } from './provisioning-server.ts';
import { Registrations } from './registrations.ts';
import { S1_RATES, type ThrottleRates, Throttles } from './throttles.ts';
import { desiredChange, Twins } from './twins.ts';

export type { HubListen } from './hub-listen.ts';

export interface HubEmulatorOptions {
  readonly idScope: string;
  readonly dps: HubListen;
  readonly hub: HubListen;
  readonly storage: HubStorage;
  readonly log: Logger;
  /** Those of one unit of S1 unless given. */
  readonly throttles?: ThrottleRates;
  /** A hub takes 1,000,000 devices unless given. */
  readonly maxDevices?: number;
}

/** What the cloud does not use of Azure, and other devices and their tests do. */
export interface HubEmulator extends Hub {
  /** An individual enrolment with keys. */
  enrollWithKeys(registrationId: string, keys: SymmetricKeys): Promise<void>;
  /** An enrolment group whose devices have keys derived from the group's. */
  enrollGroupWithKeys(groupId: string, keys: SymmetricKeys): Promise<void>;
  /** @throws ServiceRefusal as DirectMethods.call */
  callMethod(registrationId: string, call: MethodCall): Promise<MethodAnswer>;
  /** @throws ServiceRefusal as CloudToDevice.send */
  sendMessage(registrationId: string, message: NewMessage): Promise<void>;
}

const MAX_DEVICES = 1_000_000;

/**
 * Its `start` throws ListenError when a port cannot be opened; what concerns one gateway throws HubError.
 */
export function createHubEmulator(options: HubEmulatorOptions): HubEmulator {
  const { log } = options;
  const connected = new ConnectedGateways();
  const registry = new DeviceRegistry(options.storage, announce);
  const twins = new Twins(registry, log);
  const methods = new DirectMethods(registry, connected);
  const messages = new CloudToDevice(registry, connected);
  const throttles = new Throttles(options.throttles ?? S1_RATES);
  let servers: StartedServer[] = [];

  /** To a connected gateway only: one that comes later reads its twin. */
  function announce(device: HubDevice, former: HubDevice): void {
    const change = desiredChange(device, former);
    const qos = device.subscriptions[DESIRED_CHANGES];
    if (change === null || qos === undefined) return;
    const topic = `$iothub/twin/PATCH/properties/desired/?$version=${change.version}`;
    connected.find(device.registrationId)?.publish(topic, JSON.stringify(change.body), qos);
  }

  /** A device that is known by something else from now on loses its connection. */
  async function enroll(registrationId: string, attestation: HubDevice['attestation']): Promise<void> {
    const now = new Date().toISOString();
    let replaced = false;
    await registry.put(registrationId, (former) => {
      if (former === null) return newDevice(registrationId, attestation, now);
      if (isDeepStrictEqual(former.attestation, attestation)) return former;
      replaced = true;
      return { ...former, attestation, lastUpdatedAt: now };
    });
    if (replaced) connected.find(registrationId)?.close();
  }

  const enrollGroup = (groupId: string, attestation: HubGroup['attestation']): Promise<void> =>
    registry.putGroup({ groupId, attestation, createdAt: new Date().toISOString() });

  async function setStatus(registrationId: string, status: HubDevice['status']): Promise<void> {
    await registry.update(registrationId, (device) =>
      device.status === status ? device : { ...device, status, lastUpdatedAt: new Date().toISOString() },
    );
    if (status === 'disabled') connected.find(registrationId)?.close();
  }

  async function stop(): Promise<void> {
    const started = servers;
    servers = [];
    await Promise.all(started.map((server) => server.stop()));
  }

  return {
    async start(listener: HubListener) {
      await registry.load();
      const registrations = new Registrations({
        registry,
        listener,
        idScope: options.idScope,
        assignedHub: options.hub.host,
        maxDevices: options.maxDevices ?? MAX_DEVICES,
        onReplaced: (registrationId) => connected.find(registrationId)?.close(),
      });
      const { host } = options.hub;
      const context = { host, registry, twins, connected, methods, messages, throttles, listener };
      try {
        servers.push(await startHubServer(options.hub, context, log));
        servers.push(await startProvisioningServer(options.dps, registrations, log));
      } catch (error) {
        await stop();
        throw error;
      }
    },

    stop,

    async enroll(registrationId, certificatePem) {
      const checked = checkedCertificate(certificatePem, registrationId);
      await enroll(registrationId, { kind: 'certificate', certificatePem: checked });
    },

    enrollWithKeys: (registrationId, keys) => enroll(registrationId, { kind: 'symmetric-key', ...keys }),

    async enrollGroup(groupId, caPem) {
      await enrollGroup(groupId, { kind: 'certificate-authority', caPem: checkedAuthority(caPem) });
    },

    enrollGroupWithKeys: (groupId, keys) => enrollGroup(groupId, { kind: 'symmetric-key', ...keys }),

    removeGroup: (groupId) => registry.removeGroup(groupId),

    disable: (registrationId) => setStatus(registrationId, 'disabled'),

    enable: (registrationId) => setStatus(registrationId, 'enabled'),

    async remove(registrationId) {
      await registry.remove(registrationId);
      twins.forget(registrationId);
      connected.forget(registrationId);
    },

    isConnected: (registrationId) => connected.find(registrationId) !== null,

    setDesired: (registrationId, configuration) => twins.setDesired(registrationId, configuration),

    callMethod: (registrationId, call) => methods.call(registrationId, call),

    ask: (registrationId, call) =>
      methods.call(registrationId, call).catch((error: unknown) => {
        throw callError(error);
      }),

    sendMessage: (registrationId, message) => messages.send(registrationId, message),
  };
}
