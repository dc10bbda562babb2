/**
 * The enrolled gateways: what the emulator knows is what is stored. Changes of one gateway happen one after the
 * other, and are seen only once they are saved.
 */
import type { HubDevice, HubGroup, HubStorage } from '../hub.ts';
import { HubError } from '../hub-error.ts';

export class DeviceRegistry {
  readonly #storage: HubStorage;
  readonly #onSaved: (device: HubDevice, former: HubDevice) => void;
  readonly #devices = new Map<string, HubDevice>();
  readonly #groups = new Map<string, HubGroup>();
  readonly #changes = new Map<string, Promise<unknown>>();

  /** `onSaved` is called for each change in its order, before anything else can happen to that gateway. */
  constructor(storage: HubStorage, onSaved: (device: HubDevice, former: HubDevice) => void) {
    this.#storage = storage;
    this.#onSaved = onSaved;
  }

  async load(): Promise<void> {
    this.#devices.clear();
    for (const device of await this.#storage.load()) this.#devices.set(device.registrationId, device);
    this.#groups.clear();
    for (const group of await this.#storage.loadGroups()) this.#groups.set(group.groupId, group);
  }

  get groups(): ReadonlyMap<string, HubGroup> {
    return this.#groups;
  }

  get size(): number {
    return this.#devices.size;
  }

  async putGroup(group: HubGroup): Promise<void> {
    await this.#storage.saveGroup(group);
    this.#groups.set(group.groupId, group);
  }

  async removeGroup(groupId: string): Promise<void> {
    await this.#storage.removeGroup(groupId);
    this.#groups.delete(groupId);
  }

  find(registrationId: string): HubDevice | null {
    return this.#devices.get(registrationId) ?? null;
  }

  /**
   * Saves what `change` makes of the gateway; nothing is saved when it returns the same object.
   * @throws HubError 'not-enrolled', and whatever `change` or the storage throws
   */
  update(registrationId: string, change: (device: HubDevice) => HubDevice): Promise<HubDevice> {
    return this.#oneByOne(registrationId, async () => {
      const device = this.find(registrationId);
      if (device === null) throw new HubError('not-enrolled', `${registrationId} is not enrolled.`);
      return this.#save(device, change(device));
    });
  }

  /** As update, for a gateway that may be new. */
  put(registrationId: string, change: (device: HubDevice | null) => HubDevice): Promise<HubDevice> {
    return this.#oneByOne(registrationId, () => {
      const device = this.find(registrationId);
      return this.#save(device, change(device));
    });
  }

  remove(registrationId: string): Promise<void> {
    return this.#oneByOne(registrationId, async () => {
      await this.#storage.remove(registrationId);
      this.#devices.delete(registrationId);
    });
  }

  async #save(former: HubDevice | null, changed: HubDevice): Promise<HubDevice> {
    if (changed === former) return former;
    await this.#storage.save(changed);
    this.#devices.set(changed.registrationId, changed);
    if (former !== null) this.#onSaved(changed, former);
    return changed;
  }

  #oneByOne<T>(registrationId: string, work: () => Promise<T>): Promise<T> {
    const former = this.#changes.get(registrationId) ?? Promise.resolve();
    const current = former.then(work, work);
    this.#changes.set(registrationId, current);
    const forget = () => {
      if (this.#changes.get(registrationId) === current) this.#changes.delete(registrationId);
    };
    current.then(forget, forget);
    return current;
  }
}
