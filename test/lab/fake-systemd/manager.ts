/**
 * The part of org.freedesktop.systemd1(5) that the AMS speaks to, for one unit: jobs, their results, and the unit's
 * properties with their signals.
 */
import { Message, type MessageBus, Variant } from '@jellybrick/dbus-next';
import type { Faults, JobFault } from './options.ts';
import type { Service } from './service.ts';

export const SYSTEMD_NAME = 'org.freedesktop.systemd1';
const ROOT = '/org/freedesktop/systemd1';
const MANAGER = 'org.freedesktop.systemd1.Manager';
const UNIT = 'org.freedesktop.systemd1.Unit';
const SERVICE = 'org.freedesktop.systemd1.Service';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const NO_SUCH_UNIT = 'org.freedesktop.systemd1.NoSuchUnit';
const ALREADY_SUBSCRIBED = 'org.freedesktop.systemd1.AlreadySubscribed';
const UNKNOWN_METHOD = 'org.freedesktop.DBus.Error.UnknownMethod';

interface Job {
  readonly id: number;
  readonly path: string;
  readonly replaced: () => void;
}

type Properties = Record<string, Variant>;

export class Manager {
  readonly #bus: MessageBus;
  readonly #unit: string;
  readonly #unitPath: string;
  readonly #service: Service;
  readonly #faults: Faults;
  /** Unique names of the connections that get signals. */
  readonly #subscribers = new Set<string | undefined>();
  #lastJob = 0;
  #job: Job | null = null;

  constructor(bus: MessageBus, unit: string, service: Service, faults: Faults) {
    this.#bus = bus;
    this.#unit = unit;
    this.#unitPath = `${ROOT}/unit/${escapeForPath(unit)}`;
    this.#service = service;
    this.#faults = faults;
    service.on('changed', () => this.#tellProperties());
    bus.addMethodHandler((call: Message) => {
      if (!call.path.startsWith(ROOT)) return false;
      this.#answer(call);
      return true;
    });
  }

  /** The unit is enabled. */
  boot(): void {
    void this.#service.start();
  }

  #answer(call: Message): void {
    const { startJob, stopJob } = this.#faults;
    if (call.interface === PROPERTIES && call.path === this.#unitPath) return this.#answerProperties(call);
    if (call.path !== ROOT || call.interface !== MANAGER)
      return this.#reply(Message.newError(call, UNKNOWN_METHOD, `${call.interface}.${call.member}`));
    switch (call.member) {
      case 'Subscribe':
        if (this.#subscribers.has(call.sender)) return this.#reply(Message.newError(call, ALREADY_SUBSCRIBED, ''));
        this.#subscribers.add(call.sender);
        return this.#reply(Message.newMethodReturn(call));
      case 'GetUnit':
      case 'LoadUnit':
        return this.#forUnit(call, () => this.#reply(Message.newMethodReturn(call, 'o', [this.#unitPath])));
      case 'StartUnit':
        return this.#forUnit(call, () => this.#runJob(call, startJob, () => this.#service.start()));
      case 'StopUnit':
        return this.#forUnit(call, () =>
          this.#runJob(call, stopJob, async () => {
            await this.#service.stop();
            return true;
          }),
        );
      case 'RestartUnit':
        return this.#forUnit(call, () =>
          this.#runJob(call, startJob, async () => {
            await this.#service.stop();
            return this.#service.start();
          }),
        );
      default:
        return this.#reply(Message.newError(call, UNKNOWN_METHOD, call.member));
    }
  }

  #reply(answer: Message): void {
    const { answerDelayMilliseconds } = this.#faults;
    if (answerDelayMilliseconds === 0) this.#bus.send(answer);
    else setTimeout(() => this.#bus.send(answer), answerDelayMilliseconds);
  }

  #forUnit(call: Message, work: () => void): void {
    if (call.body[0] === this.#unit) work();
    else this.#reply(Message.newError(call, NO_SUCH_UNIT, `Unit ${String(call.body[0])} not found.`));
  }

  /** Mode "replace": a job that is under way is canceled. */
  #runJob(call: Message, fault: JobFault | null, work: () => Promise<boolean>): void {
    this.#job?.replaced();
    this.#lastJob += 1;
    const id = this.#lastJob;
    const path = `${ROOT}/job/${id}`;
    const answer = Message.newMethodReturn(call, 'o', [path]);
    const { promise: canceled, resolve: cancel } = Promise.withResolvers<string>();
    this.#job = { id, path, replaced: () => cancel('canceled') };
    this.#bus.send(Message.newSignal(ROOT, MANAGER, 'JobNew', 'uos', [id, path, this.#unit]));
    if (!this.#faults.answerAfterJob) this.#reply(answer);
    this.#tellProperties();
    const finish = (result: string) => {
      if (this.#job?.id === id) this.#job = null;
      this.#tellProperties();
      this.#bus.send(Message.newSignal(ROOT, MANAGER, 'JobRemoved', 'uoss', [id, path, this.#unit, result]));
      if (this.#faults.answerAfterJob) this.#reply(answer);
    };
    void Promise.race([resultOf(fault, work), canceled]).then(finish);
  }

  #answerProperties(call: Message): void {
    const [name, property] = call.body;
    if (call.member === 'GetAll')
      return this.#reply(Message.newMethodReturn(call, 'a{sv}', [this.#properties(String(name))]));
    const value = call.member === 'Get' ? this.#properties(String(name))[String(property)] : undefined;
    this.#reply(
      value === undefined
        ? Message.newError(call, 'org.freedesktop.DBus.Error.UnknownProperty', String(property))
        : Message.newMethodReturn(call, 'v', [value]),
    );
  }

  #properties(name: string): Properties {
    const { state } = this.#service;
    const unit: Properties = {
      Id: new Variant('s', this.#unit),
      ActiveState: new Variant('s', state.active),
      SubState: new Variant('s', state.sub),
      Job: new Variant('(uo)', [this.#job?.id ?? 0, this.#job?.path ?? '/']),
      ConditionResult: new Variant('b', state.conditionResult),
      InvocationID: new Variant('ay', Buffer.from(state.invocationId, 'hex')),
    };
    const service: Properties = { Result: new Variant('s', state.result) };
    if (name === UNIT) return unit;
    return name === SERVICE ? service : { ...unit, ...service };
  }

  #tellProperties(): void {
    for (const name of [UNIT, SERVICE])
      this.#bus.send(
        Message.newSignal(this.#unitPath, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [
          name,
          this.#properties(name),
          [],
        ]),
      );
  }
}

function resultOf(fault: JobFault | null, work: () => Promise<boolean>): Promise<string> {
  if (fault === 'never') return Promise.withResolvers<string>().promise;
  if (fault !== null) return Promise.resolve(fault);
  return work().then(
    (success) => (success ? 'done' : 'failed'),
    () => 'failed',
  );
}

/** As systemd writes unit names into object paths (sd_bus_path_encode(3)). */
export function escapeForPath(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
