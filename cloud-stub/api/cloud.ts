/** The cloud's parts, put together: whoever holds this starts and stops them all. */
import type { KeyObject } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import type { Logger } from 'pino';
import { CLOUD_FILES, type CloudConfiguration } from '../configuration.ts';
import type { Hub } from '../hub/hub.ts';
import { listen } from '../listen.ts';
import type { HostCertificate } from '../pki/pki.ts';
import { MetricsListener } from '../relay/metrics-listener.ts';
import type { Store } from '../store/store.ts';
import { admitAll, admitGateway } from './admission.ts';
import { Changes } from './changes.ts';
import { CloudMetrics } from './cloud-metrics.ts';
import type { Context } from './context.ts';
import { followGroup } from './enrolment-groups.ts';
import { FirstAdministrator } from './first-administrator.ts';
import { GatewayListener } from './gateway-listener.ts';
import { Retention } from './history/retention.ts';
import { KnownDevices } from './login/known-device.ts';
import { LoginThrottle } from './login/login-throttle.ts';
import { Passwords } from './login/passwords.ts';
import { SecondFactors } from './login/second-factor.ts';
import { SingleSignOn } from './login/single-sign-on.ts';
import { ScanRunner } from './plant-scans.ts';
import { Processes } from './processes/processes.ts';
import { SharedHub } from './processes/shared-hub.ts';
import type { App, Parts } from './routes/parts.ts';
import { Sealing } from './sealing.ts';
import { createServer } from './server.ts';
import { ClientChannels } from './sessions/client-channels.ts';
import { Deadlines } from './sessions/deadlines.ts';
import { DesiredWriter } from './sessions/desired-writer.ts';
import { SessionLife } from './sessions/session-life.ts';

/** Begins the names of enrolment groups in `hub_work`; no registration id begins like this. */
const GROUP_WORK = '+group ';

export const DEFAULT_FIRST_ADMINISTRATOR = 'admin@example.test';

export interface CloudOptions {
  readonly configuration: CloudConfiguration;
  readonly store: Store;
  readonly hub: Hub;
  /** Registration ids that the hub remembers. */
  readonly enrolled: readonly string[];
  readonly relayTokenPrivateKey: KeyObject;
  readonly auditKey: KeyObject;
  readonly certificate: HostCertificate;
  readonly ui: string | null;
  readonly log: Logger;
  readonly now?: () => Date;
}

interface Running {
  readonly parts: Parts;
  readonly shared: SharedHub;
  readonly processes: Processes;
  readonly scans: ScanRunner;
  readonly metrics: CloudMetrics;
}

export class Cloud {
  /** For tests, which call it without a socket. */
  readonly app: App;
  readonly #options: CloudOptions;
  readonly #running: Running;
  readonly #retention: Retention;
  #metricsListener: MetricsListener | null = null;

  private constructor(options: CloudOptions, running: Running, app: App) {
    this.#options = options;
    this.#running = running;
    this.#retention = new Retention(running.parts.context);
    this.app = app;
  }

  static async create(options: CloudOptions): Promise<Cloud> {
    const { configuration, store, hub, relayTokenPrivateKey, auditKey, log } = options;
    if (options.ui !== null && !isAbsolute(options.ui)) throw new Error(`--ui ${options.ui} must be an absolute path.`);
    const now = options.now ?? (() => new Date());
    const shared: SharedHub = new SharedHub({
      hub,
      store,
      log,
      takeUp: () => cloud.#takeUp(),
      reconcile: (registrationId) => cloud.#reconcile(registrationId),
    });
    const changes = new Changes();
    const keys = { relayTokenPrivateKey, auditKey };
    const context: Context = { configuration, store, hub: shared, ...keys, changes, log, now };
    const desired = new DesiredWriter(context);
    const channels = new ClientChannels(context);
    const deadlines: Deadlines = new Deadlines(context, () => life.sweep());
    const life = new SessionLife({ context, desired, channels, deadlines });
    const email = configuration.firstAdministrator ?? DEFAULT_FIRST_ADMINISTRATOR;
    const first = new FirstAdministrator(context, configuration.dataDirectory, email);
    const sealing = await Sealing.open(join(configuration.dataDirectory, CLOUD_FILES.sealingKey));
    const { singleSignOn } = configuration;
    const parts: Parts = {
      context,
      passwords: await Passwords.create(),
      secondFactors: new SecondFactors(context, sealing),
      throttle: new LoginThrottle(store, now),
      devices: new KnownDevices(sealing, now),
      singleSignOn: singleSignOn === undefined ? null : new SingleSignOn(context, singleSignOn, sealing),
      first,
      life,
      desired,
      channels,
      deadlines,
    };
    const processes = new Processes({ context, channels, deadlines, hub: shared });
    const scans = new ScanRunner(context, hub);
    const metrics = new CloudMetrics(store, { clients: () => channels.count, leads: () => shared.leads });
    const { certificate, ui } = options;
    const app = await createServer({ parts, hub: shared, metrics, certificate, ui });
    const cloud: Cloud = new Cloud(options, { parts, shared, processes, scans, metrics }, app);
    return cloud;
  }

  /**
   * Takes up what stands in the store, then serves.
   * @throws ListenError
   */
  async start(): Promise<void> {
    const { configuration } = this.#options;
    await this.resume();
    await this.app.ready();
    await listen(this.app.server, 'the web interface', configuration.web.address, configuration.web.port);
    if (configuration.web.metrics === undefined) return;
    const { metrics } = this.#running;
    metrics.watchProcess();
    const what = "The cloud's metrics";
    this.#metricsListener = await MetricsListener.start(metrics, { ...configuration.web.metrics, what });
  }

  get metrics(): CloudMetrics {
    return this.#running.metrics;
  }

  /** Everything but the web server. */
  async resume(): Promise<void> {
    const { parts, shared, processes } = this.#running;
    await processes.start();
    await shared.start(new GatewayListener(parts));
    await parts.life.sweep();
    await parts.deadlines.arm();
    await this.#retention.start();
  }

  async stop(): Promise<void> {
    const { parts, shared, processes, scans } = this.#running;
    this.#retention.stop();
    await this.#metricsListener?.close();
    parts.deadlines.stop();
    parts.channels.closeAll();
    await this.app.close();
    await processes.stop();
    await shared.stop();
    await scans.stop();
    await parts.desired.stop();
  }

  /** This process leads from now on: whoever led before may have died between the store and the hub. */
  async #takeUp(): Promise<void> {
    const { enrolled } = this.#options;
    const { parts, shared, scans } = this.#running;
    const gateways = await admitAll(parts.context);
    for (const id of enrolled)
      if (!gateways.some(({ registration_id }) => registration_id === id)) await shared.remove(id);
    await parts.first.refresh();
    await parts.life.resume();
    await scans.resume();
  }

  /** @param subject a registration id, or what GROUP_WORK stands before the id of an enrolment group */
  async #reconcile(subject: string): Promise<void> {
    const { parts, shared, scans } = this.#running;
    if (subject.startsWith(GROUP_WORK)) return followGroup(parts.context, subject.slice(GROUP_WORK.length));
    if (!(await admitGateway(parts.context, subject))) return shared.remove(subject);
    await parts.desired.refresh([subject]);
    await scans.begin(subject);
  }
}
