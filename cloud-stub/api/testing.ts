/** A whole cloud for tests: the real application on a database of its own, with a hub whose gateways the test plays. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CLIENT_EVENTS_PATH, cloudToClient, type KeyForGateway } from '@edgegateway/protocol/client-api';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { CLOUD_FILES, type CloudConfiguration, cloudConfiguration } from '../configuration.ts';
import type { HubListener } from '../hub/hub.ts';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '../pki/x509.ts';
import type { Store } from '../store/store.ts';
import { Cloud } from './cloud.ts';
import type { Role, Session, User } from './contract.ts';
import { FakeHub } from './testing/fake-hub.ts';
import { STEP_MILLISECONDS, TestAuthenticator } from './testing/test-authenticator.ts';
import { TestBrowsers } from './testing/test-browsers.ts';
import { keysFor, newReport, newWireguardKey } from './testing/values.ts';

export const PASSWORD = 'correct horse battery staple';
/** What a test configures otherwise. */
export type ConfigurationOverrides = Partial<
  Pick<CloudConfiguration, 'secondFactor' | 'relays' | 'stunServers' | 'tunnelNetwork'>
> & {
  readonly singleSignOn?: z.input<typeof cloudConfiguration>['singleSignOn'];
};

export const ORIGIN = 'https://cloud.example';

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into answers as it likes
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export class TestCloud {
  readonly store: Store;
  readonly hub = new FakeHub();
  readonly relayKey = generateKeyPairSync('ed25519');
  readonly auditKey = generateKeyPairSync('ed25519');
  readonly #directory: string;
  readonly #certificate: KeyedCertificate;
  readonly #authority: KeyedCertificate;
  readonly #browsers = new TestBrowsers();
  readonly #authenticators = new Map<string, TestAuthenticator>();
  #overrides: ConfigurationOverrides;
  cloud: Cloud | null = null;
  /** Log lines that tell of a failure of the cloud's own. */
  readonly errors: string[] = [];
  /** Milliseconds that the cloud's clock is ahead. */
  ahead = 0;
  /** Milliseconds since 1970 at which the cloud's clock stands still, or null. */
  #stoppedAt: number | null = null;

  private constructor(
    store: Store,
    directory: string,
    authority: KeyedCertificate,
    certificate: KeyedCertificate,
    overrides: ConfigurationOverrides,
  ) {
    this.store = store;
    this.#overrides = overrides;
    this.#directory = directory;
    this.#authority = authority;
    this.#certificate = certificate;
  }

  static async create(store: Store, overrides: ConfigurationOverrides = {}): Promise<TestCloud> {
    const directory = await mkdtemp(join(tmpdir(), 'cloud-test-'));
    const authority = await createAuthority(new Date());
    const certificate = await issueHostCertificate(authority, 'cloud.example', new Date());
    const cloud = new TestCloud(store, directory, authority, certificate, overrides);
    await cloud.boot();
    return cloud;
  }

  get app(): Cloud['app'] {
    if (this.cloud === null) throw new Error('the cloud is not running');
    return this.cloud.app;
  }

  get listener(): HubListener {
    if (this.hub.listener === null) throw new Error('the hub is not running');
    return this.hub.listener;
  }

  now(): Date {
    return new Date((this.#stoppedAt ?? Date.now()) + this.ahead);
  }

  /** However slow the computer is, nothing that waits gets its turn meanwhile. */
  async withStoppedClock(work: () => Promise<void>): Promise<void> {
    this.#stoppedAt = Date.now();
    try {
      await work();
    } finally {
      this.#stoppedAt = null;
    }
  }

  async boot(): Promise<void> {
    this.cloud = await Cloud.create({
      configuration: cloudConfiguration.parse({
        dataDirectory: this.#directory,
        idScope: '0ne00000001',
        web: { host: 'cloud.example', port: 443, address: '127.0.0.1', otherOrigins: ['https://proxy.example:8443'] },
        relays: [{ name: 'relay0.c-us', region: 'c-us', host: 'relay.example', port: 443, address: '127.0.0.1' }],
        stunServers: [],
        ...this.#overrides,
      }),
      store: this.store,
      hub: this.hub,
      enrolled: [...this.hub.enrolled.keys()],
      relayTokenPrivateKey: this.relayKey.privateKey,
      auditKey: this.auditKey.privateKey,
      certificate: { certPem: this.#certificate.certificatePem, keyPem: this.#certificate.keyPem },
      ui: null,
      log: pino({ level: 'error' }, { write: (line: string) => this.errors.push(line) }),
      now: () => this.now(),
    });
    await this.cloud.resume();
    await this.cloud.app.ready();
  }

  /** Nothing that is only in memory comes through, as after kill -9. */
  async restart(overrides = this.#overrides): Promise<void> {
    this.#overrides = overrides;
    await this.cloud?.stop();
    this.hub.connected.clear();
    this.hub.desired.clear();
    await this.boot();
  }

  async close(): Promise<void> {
    await this.cloud?.stop();
    await this.store.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  firstLogin(): Promise<{ code: string; email: string; url: string }> {
    return readFile(join(this.#directory, CLOUD_FILES.firstLogin), 'utf8').then((text) => JSON.parse(text));
  }

  /** Where the cloud keeps its files. */
  get directory(): string {
    return this.#directory;
  }

  /**
   * A request of the web page; `as` is the e-mail address of someone, whose browser keeps what the cloud gives it.
   * `from`: the address it comes from.
   */
  async call(
    as: string | null,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
    from = '127.0.0.1',
  ): Promise<Answer> {
    const answer = await this.app.inject({
      method,
      url,
      remoteAddress: from,
      headers: { origin: ORIGIN, cookie: as === null ? '' : this.cookieOf(as) },
      ...(body === undefined ? {} : { payload: body }),
    });
    if (as !== null) this.#browsers.keep(as, answer.headers['set-cookie']);
    return {
      status: answer.statusCode,
      body: answer.body === '' ? null : JSON.parse(answer.body),
      headers: answer.headers,
    };
  }

  /** A body as it stands, JSON or not. */
  async send(as: string, url: string, payload: string): Promise<{ readonly status: number }> {
    const headers = { origin: ORIGIN, cookie: this.cookieOf(as), 'content-type': 'application/json' };
    return { status: (await this.app.inject({ method: 'POST', url, headers, payload })).statusCode };
  }

  /** A file, as a link on the page fetches it. */
  async download(as: string, url: string): Promise<{ status: number; text: string; headers: Answer['headers'] }> {
    const headers = { cookie: this.cookieOf(as) };
    const answer = await this.app.inject({ method: 'GET', url, headers });
    return { status: answer.statusCode, text: answer.body, headers: answer.headers };
  }

  /** An answer that goes on. */
  async stream(as: string, url: string): Promise<Readable> {
    const headers = { cookie: this.cookieOf(as) };
    return (await this.app.inject({ method: 'GET', url, headers, payloadAsStream: true })).stream();
  }

  /** Sets the password, and a second factor where the cloud demands one. */
  async accept(email: string, code: string): Promise<User> {
    const answer = await this.call(email, 'POST', '/api/invitations/accept', { code, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`not accepted: ${JSON.stringify(answer.body)}`);
    if (answer.body.step === 'enrol') await this.enrol(email);
    return answer.body.user;
  }

  /** @returns the recovery codes */
  async enrol(email: string): Promise<string[]> {
    const begun = await this.call(email, 'POST', '/api/account/second-factor', { password: PASSWORD });
    const authenticator = new TestAuthenticator(begun.body.secret);
    const code = authenticator.next(this.now());
    const answer = await this.call(email, 'POST', '/api/account/second-factor/confirm', { code });
    if (answer.status !== 200) throw new Error(`not enrolled: ${JSON.stringify(answer.body)}`);
    this.#authenticators.set(email, authenticator);
    return answer.body.codes;
  }

  /** A code of this person's authenticator that was not shown before; the cloud's clock goes on where there is none. */
  code(email: string): string {
    const authenticator = this.#authenticators.get(email);
    if (authenticator === undefined) throw new Error(`${email} has no second factor`);
    while (!authenticator.hasNext(this.now())) this.ahead += STEP_MILLISECONDS;
    return authenticator.next(this.now());
  }

  /** By password and, where there is one, second factor; in the browser of that person. */
  async logIn(email: string, password = PASSWORD): Promise<Answer> {
    const answer = await this.call(email, 'POST', '/api/login', { email, password });
    return answer.body.step === 'code'
      ? this.call(email, 'POST', '/api/login/code', { code: this.code(email) })
      : answer;
  }

  /** As with another browser. */
  forgetCookies(email: string): void {
    this.#browsers.forget(email);
  }

  /** The Cookie header of this person's browser. */
  cookieOf(as: string): string {
    return this.#browsers.headerOf(as);
  }

  /** For someone who has logged in at another process of the same cloud: with the browser's cookies from there. */
  adoptLogin(email: string, other: TestCloud): void {
    this.#browsers.adopt(email, other.#browsers);
  }

  async addPerson(by: string, email: string, role: Role): Promise<User> {
    const { body } = await this.call(by, 'POST', '/api/users', { email, name: email.split('@')[0], role });
    return this.accept(email, body.code);
  }

  async deviceCertificate(registrationId: string): Promise<string> {
    return (await issueHostCertificate(this.#authority, registrationId, new Date())).certificatePem;
  }

  /** A gateway that is known, connected and switched on. */
  async addGateway(by: string, registrationId: string): Promise<void> {
    const certificate = await this.deviceCertificate(registrationId);
    await this.call(by, 'POST', '/api/gateways', { registrationId, name: `Gateway ${registrationId}`, certificate });
    await this.switchOn(registrationId);
  }

  async switchOn(registrationId: string, report: Partial<GatewayReport> = {}): Promise<void> {
    this.hub.connected.add(registrationId);
    await this.listener.connectionChanged(registrationId, true, this.now().toISOString());
    await this.listener.reported(registrationId, newReport(report));
  }

  async addSession(by: string, gateways: readonly string[], users: readonly User[] = []): Promise<Session> {
    const { body } = await this.call(by, 'POST', '/api/sessions', {
      name: `Session ${randomUUID().slice(0, 8)}`,
      description: '',
      reason: 'a test',
      released: gateways.map((gateway, at) => ({ gateway, target: { address: `192.168.250.${10 + at}` } })),
      users: users.map(({ id }) => id),
      maximumMinutes: 60,
    });
    return body;
  }

  /** `from`: the address that the client comes from. */
  redeem(ticket: string, publicKey = newWireguardKey(), from?: string): Promise<Answer> {
    const client = { version: '1.0.0', platform: 'linux', computer: 'laptop' };
    return this.call(null, 'POST', '/client/v1/redeem', { ticket, publicKey, client }, from);
  }

  /** The client redeems its ticket and hands in its keys. */
  async join(ticket: string, publicKey = newWireguardKey()): Promise<Answer> {
    const redeemed = await this.redeem(ticket, publicKey);
    if (redeemed.status === 200) await this.handInKeys(redeemed.body.eventToken);
    return redeemed;
  }

  /** The client opens its event channel and hands in a key for each gateway; fulfilled when the gateways have them. */
  async handInKeys(eventToken: string): Promise<void> {
    const headers = { authorization: `Bearer ${eventToken}` };
    const { promise: first, resolve } = Promise.withResolvers<Buffer>();
    const onInit = (socket: WebSocket): void => void socket.once('message', resolve);
    const socket = await this.app.injectWS(CLIENT_EVENTS_PATH, { headers }, { onInit });
    const message = cloudToClient.parse(JSON.parse((await first).toString()));
    if (message.type !== 'configuration') throw new Error(`not a configuration: ${message.type}`);
    const { configuration } = message;
    const keys = keysFor(configuration);
    socket.send(JSON.stringify({ type: 'encapsulated-keys', keys }));
    const has = ({ registrationId, encapsulatedKey }: KeyForGateway) =>
      this.hub.desired.get(registrationId)?.sessions[configuration.session.id]?.encapsulatedKey === encapsulatedKey;
    await expect.poll(() => keys.every(has), { timeout: 20_000 }).toBe(true);
    socket.terminate();
  }
}
