/**
 * The service as a whole: the cloud's wishes go to the session table, the table's plan to the tunnels, and what
 * happens there to the audit log, the report and the AMS. Everything outside is passed in.
 */
import { networkInterfaces } from 'node:os';
import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import type { CloudLink, GatewayStatus } from '@edgegateway/protocol/gateway-bus';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { SCAN_METHOD } from '@edgegateway/protocol/plant-scan';
import { type EncapsulationKeyPair, openEncapsulated } from '@edgegateway/tunnel/key-encapsulation';
import type { FlowReading } from '@edgegateway/tunnel/linux/whitelist';
import { presharedKeyOf } from '@edgegateway/tunnel/preshared-key';
import { ServiceError, sentenceOf } from '../errors.ts';
import type { GatewayIdentity } from '../provisioning/identity.ts';
import type { Clock } from '../timing.ts';
import type { MethodAnswer } from './cloud/hub-connection.ts';
import { CloudSupervisor, type SupervisorOptions } from './cloud/supervisor.ts';
import { localNetworks } from './local-networks.ts';
import type { ServiceLog } from './log.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { PlantScanner } from './scan/plant-scanner.ts';
import type { EndedSessionsFile } from './sessions/ended-sessions.ts';
import { FlowLedger } from './sessions/flow-ledger.ts';
import type { PlantDecision, PlantDecisionsFile } from './sessions/plant-decisions.ts';
import { type RunningSession, SessionTable } from './sessions/session-table.ts';
import type { TakenSession, TakenSessionsFile } from './sessions/taken-sessions.ts';
import { type TunnelParts, TunnelRunner } from './sessions/tunnel-runner.ts';
import { occupiedBy, type TakenAddresses } from './taken-addresses.ts';
import { VERSION } from './version.ts';

export interface RemoteConnectOptions {
  readonly cloud: Pick<SupervisorOptions, 'readIdentity' | 'registrar' | 'assignments' | 'connector' | 'hubPort'>;
  readonly parts: TunnelParts;
  readonly scanner: Pick<PlantScanner, 'scan'>;
  readonly outbox: Outbox;
  readonly endedFile: EndedSessionsFile;
  readonly ended: ReadonlyMap<string, string>;
  readonly decisionsFile: PlantDecisionsFile;
  readonly decisions: ReadonlyMap<string, PlantDecision>;
  readonly takenFile: TakenSessionsFile;
  readonly taken: ReadonlyMap<string, TakenSession>;
  /** Which switching on at the plant this is. */
  readonly switchOnId: string;
  readonly publicKey: string;
  readonly encapsulation: EncapsulationKeyPair;
  readonly plantInterface: string;
  readonly readTakenAddresses: () => Promise<TakenAddresses>;
  /** At the start. */
  readonly takenAddresses: TakenAddresses;
  /** Null until it is known: a gateway that is not provisioned yet may have none. */
  readonly registrationId: string | null;
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** The status may have changed. */
  readonly onStatus: () => void;
  /** The service cannot go on; it must be stopped and started anew. */
  readonly onFatal: (error: ServiceError) => void;
}

/** How long a stop waits for the cloud to hear of it. */
const FAREWELL_MILLISECONDS = 4000;

export class RemoteConnectService {
  readonly #options: RemoteConnectOptions;
  readonly #supervisor: CloudSupervisor;
  readonly #table: SessionTable;
  readonly #runner: TunnelRunner;
  readonly #flows = new FlowLedger();
  readonly #lifetime = new AbortController();
  #registrationId: string | null;
  #until: string | null = null;
  #networks: readonly string[] = [];
  #occupied: readonly string[] = [];
  #plan = '';
  #flowProblem: string | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #remembered: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;

  constructor(options: RemoteConnectOptions) {
    const { clock, log, outbox } = options;
    this.#options = options;
    this.#registrationId = options.registrationId;
    const { ended, decisions, taken, switchOnId } = options;
    const known = { ended, decisions, taken, switchOnId };
    this.#table = new SessionTable({ clock, ...known, record: (event) => this.#record(event) });
    this.#supervisor = new CloudSupervisor({
      ...options.cloud,
      readIdentity: () => this.#readIdentity(),
      ...{ outbox, clock, log },
      methods: { [SCAN_METHOD]: () => this.#scanPlant() },
      onLink: () => options.onStatus(),
      onDesired: (desired) => {
        this.#table.setDesired(desired);
        this.#remembered = this.#remember();
        void this.#refresh();
      },
    });
    this.#runner = new TunnelRunner({
      parts: options.parts,
      log,
      presharedKeyOf: (session) => this.#presharedKeyOf(session),
      onStatus: (peers) => {
        this.#table.setPeers(peers);
        void this.#refresh();
      },
      onConnected: (peer) => this.#record({ kind: 'tunnel-connected', sessionId: peer.id, path: peer.path ?? 'relay' }),
      onPath: (peer) => this.#record({ kind: 'path-changed', sessionId: peer.id, path: peer.path ?? 'relay' }),
      onLost: (peer, reason) => this.#record({ kind: 'tunnel-lost', sessionId: peer.id, reason: reason.slice(0, 200) }),
      onProblem: (problem) => {
        this.#table.setProblem(problem);
        void this.#refresh();
      },
    });
  }

  get link(): CloudLink {
    return this.#supervisor.link;
  }

  /** Sets everything going; it goes on until `stop`. */
  start(until: string | null): void {
    this.#until = until;
    this.#look(this.#options.takenAddresses);
    this.#record({ kind: 'service-started', version: VERSION });
    void this.#refresh();
    const { signal } = this.#lifetime;
    this.#running = Promise.all([this.#supervisor.run(signal), this.#runner.run(signal)]);
    this.#running.catch((error: unknown) => {
      this.#options.log.error({ problem: sentenceOf(error) }, 'the service failed');
      this.#options.onFatal(new ServiceError('unexpected', sentenceOf(error), { cause: error }));
    });
  }

  /** One round of the main loop, about once a second: what time brings about, and what passes through the tunnel. */
  async tick(until: string | null): Promise<void> {
    this.#until = until;
    this.#look(await this.#options.readTakenAddresses());
    this.#table.expire();
    void this.#refresh();
    try {
      this.#recordFlows(await this.#runner.readFlows());
      this.#flowProblem = null;
    } catch (error) {
      const problem = sentenceOf(error);
      if (problem !== this.#flowProblem) this.#options.log.error({ problem }, 'the flows could not be read');
      this.#flowProblem = problem;
    }
  }

  /** At the networks around the gateway. */
  #look(taken: TakenAddresses): void {
    this.#networks = localNetworks(networkInterfaces(), this.#options.plantInterface);
    this.#occupied = occupiedBy(taken);
    this.#table.setTakenAddresses(taken);
  }

  /** @throws ServiceError 'identity-incomplete' while the gateway has no registration id */
  status(): GatewayStatus {
    if (this.#registrationId === null) throw new ServiceError('identity-incomplete', 'no registration id');
    return {
      version: VERSION,
      registrationId: this.#registrationId,
      cloud: this.#supervisor.link,
      until: this.#until,
      connections: this.#table.connections(),
    };
  }

  /** Fulfilled once the session is cut and will stay so; false when no such session runs. */
  async endSession(sessionId: string, by: string): Promise<boolean> {
    if (!this.#table.end(sessionId, by)) return false;
    await this.#refresh();
    await this.#options.endedFile.write(this.#table.ended);
    return true;
  }

  /** Fulfilled once the session runs for this client, and will again after a restart; false when none waits for it. */
  async approve(sessionId: string, clientPublicKey: string, by: string): Promise<boolean> {
    if (!this.#table.approve(sessionId, clientPublicKey, by)) return false;
    await this.#options.decisionsFile.write(this.#table.decisions);
    await this.#refresh();
    return true;
  }

  /** Fulfilled once the refusal will stay; false when no session waits for this client. */
  async refuse(sessionId: string, clientPublicKey: string, by: string, words: string): Promise<boolean> {
    if (!this.#table.refuse(sessionId, clientPublicKey, by, words)) return false;
    await this.#refresh();
    await this.#options.decisionsFile.write(this.#table.decisions);
    return true;
  }

  /** Tunnels first, at once; then the cloud is told, for a short time; then nothing is left. May be called again. */
  stop(reason: string): Promise<void> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  async #stop(reason: string): Promise<void> {
    await this.#runner.close().catch((error: unknown) => {
      this.#options.log.error({ problem: sentenceOf(error) }, 'the tunnel could not be removed');
    });
    this.#recordFlows(null);
    this.#table.endAll(reason);
    this.#record({ kind: 'service-stopped', reason });
    this.#report('off', {});
    const bound = new AbortController();
    const timer = setTimeout(() => bound.abort(), FAREWELL_MILLISECONDS);
    await Promise.all([this.#supervisor.settle(bound.signal), this.#runner.flowsEnded()]);
    clearTimeout(timer);
    this.#lifetime.abort(new Error('the service stops'));
    await this.#running.catch(() => undefined);
    await this.#remembered;
  }

  /** The cloud asks what stands on the plant side. */
  async #scanPlant(): Promise<MethodAnswer> {
    try {
      const scan = await this.#options.scanner.scan(this.#networks, this.#lifetime.signal);
      if (scan === null) return { status: 409, payload: null };
      this.#record({ kind: 'plant-scanned', networks: scan.networks, hosts: scan.hosts.length });
      return { status: 200, payload: scan };
    } catch (error) {
      this.#options.log.error({ problem: sentenceOf(error) }, 'the plant side could not be searched for devices');
      return { status: 503, payload: null };
    }
  }

  async #readIdentity(): Promise<GatewayIdentity> {
    const identity = await this.#options.cloud.readIdentity();
    this.#registrationId = identity.registrationId;
    return identity;
  }

  /** Fulfilled when the plan of this moment is carried out. */
  #refresh(): Promise<void> {
    const plan = this.#table.plan();
    const text = JSON.stringify(plan);
    const carriedOut = text === this.#plan ? Promise.resolve() : this.#runner.carryOut(plan);
    this.#plan = text;
    if (this.#stopping === null) this.#report('on', this.#table.states());
    this.#options.onStatus();
    return carriedOut;
  }

  #report(remoteConnect: GatewayReport['remoteConnect'], sessions: GatewayReport['sessions']): void {
    this.#supervisor.setReport({
      version: VERSION,
      wireguardPublicKey: this.#options.publicKey,
      encapsulationKey: this.#options.encapsulation.encapsulationKey,
      localNetworks: [...this.#networks],
      occupied: [...this.#occupied],
      remoteConnect,
      switchOnId: this.#options.switchOnId,
      sessions,
    });
  }

  #presharedKeyOf({ sessionId, clientPublicKey, encapsulatedKey }: RunningSession): string {
    const { encapsulation, publicKey: gatewayPublicKey } = this.#options;
    const secret = openEncapsulated(encapsulation.decapsulationKey, encapsulatedKey);
    return presharedKeyOf(secret, { sessionId, clientPublicKey, gatewayPublicKey });
  }

  #recordFlows(reading: FlowReading | null): void {
    for (const event of this.#flows.eventsOf(reading, this.#options.clock.wall())) this.#record(event);
  }

  #record(event: AuditEventDetail): void {
    try {
      this.#options.outbox.record(event);
      this.#supervisor.eventsAdded.ring();
    } catch (error) {
      // Without a log there is no remote maintenance (P2).
      this.#options.onFatal(error instanceof ServiceError ? error : new ServiceError('outbox-unusable'));
    }
  }

  /** For the next start; never rejects. */
  async #remember(): Promise<void> {
    const { endedFile, decisionsFile, takenFile, log } = this.#options;
    const { ended, decisions, taken } = this.#table;
    const written = await Promise.allSettled([
      takenFile.write(taken),
      endedFile.write(ended),
      decisionsFile.write(decisions),
    ]);
    for (const { reason } of written.filter((result) => result.status === 'rejected'))
      log.error({ problem: sentenceOf(reason) }, 'what must outlast a restart could not be written');
  }
}
